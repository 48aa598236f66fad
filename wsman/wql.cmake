# SPDX-License-Identifier: GPL-2.0-or-later
# Runs re2c and lemon over wsman/wql_lex.re and wsman/wql.y. What they write stays in the build folder.
find_program(RE2C re2c REQUIRED)
find_program(LEMON lemon REQUIRED)
set(wql_gen ${CMAKE_BINARY_DIR}/gen/wql)
file(MAKE_DIRECTORY ${wql_gen})

# lemon names its files after its input.
add_custom_command(OUTPUT ${wql_gen}/wql_parse.c ${wql_gen}/wql_parse.h
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/wsman/wql.y ${wql_gen}/wql_parse.y
  COMMAND ${LEMON} -q -l ${wql_gen}/wql_parse.y
  DEPENDS ${CMAKE_SOURCE_DIR}/wsman/wql.y COMMENT "lemon wsman/wql.y" VERBATIM)
add_custom_command(OUTPUT ${wql_gen}/wql_lex.c
  COMMAND ${RE2C} -W -Werror -i --no-generation-date -o ${wql_gen}/wql_lex.c ${CMAKE_SOURCE_DIR}/wsman/wql_lex.re
  DEPENDS ${CMAKE_SOURCE_DIR}/wsman/wql_lex.re ${wql_gen}/wql_parse.h COMMENT "re2c wsman/wql_lex.re" VERBATIM)

# Warnings of generated code are its own.
set_source_files_properties(${wql_gen}/wql_parse.c ${wql_gen}/wql_lex.c PROPERTIES COMPILE_OPTIONS -w)
