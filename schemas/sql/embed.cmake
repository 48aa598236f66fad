# SPDX-License-Identifier: MIT
# Turns numbered SQL files into the rows of a C array: cmake -DOUT=file -DIN=list -P embed.cmake
separate_arguments(IN)
list(SORT IN)
set(text "/* generated from schemas/sql; do not edit */\n")
foreach(file ${IN})
  get_filename_component(name ${file} NAME)
  file(READ ${file} sql)
  string(REPLACE "\\" "\\\\" sql "${sql}")
  string(REPLACE "\"" "\\\"" sql "${sql}")
  string(REPLACE "\n" "\\n\"\n\t\"" sql "${sql}")
  string(APPEND text "{ \"${name}\",\n\t\"${sql}\" },\n")
endforeach()
file(WRITE ${OUT} "${text}")
