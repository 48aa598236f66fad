# SPDX-License-Identifier: GPL-2.0-or-later
# Runs soapcpp2 over schemas/wsman.h and builds what it writes as the library wsm_soap.
find_program(SOAPCPP2 soapcpp2 REQUIRED)
pkg_get_variable(gsoap_prefix gsoap prefix)
find_path(GSOAP_IMPORT dom.h PATHS ${gsoap_prefix}/share/gsoap/import NO_DEFAULT_PATH REQUIRED)

add_custom_command(OUTPUT ${soap_gen}/wsmC.c ${soap_gen}/wsmN.c ${soap_gen}/wsmH.h ${soap_gen}/wsmStub.h
  COMMAND ${CMAKE_COMMAND} -DSOAPCPP2=${SOAPCPP2} -DIMPORT=${GSOAP_IMPORT} -DIN=${CMAKE_SOURCE_DIR}/schemas/wsman.h
    -DDIR=${soap_gen} -P ${CMAKE_SOURCE_DIR}/wsman/gsoap_run.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/schemas/wsman.h ${CMAKE_SOURCE_DIR}/wsman/gsoap_run.cmake
  COMMENT "soapcpp2 schemas/wsman.h" VERBATIM)

# Generated code is compiled with the flags of the library it belongs to, and its warnings are its own.
add_library(wsm_soap STATIC ${soap_gen}/wsmC.c ${soap_gen}/wsmN.c)
target_include_directories(wsm_soap PUBLIC ${soap_gen})
target_compile_options(wsm_soap PRIVATE -w)
target_link_libraries(wsm_soap PUBLIC PkgConfig::GSOAP)
# libgsoap calls back into the generated code, which nothing else may have asked for yet.
target_link_options(wsm_soap INTERFACE LINKER:--undefined=soap_getheader LINKER:--undefined=namespaces)
