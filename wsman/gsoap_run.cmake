# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DSOAPCPP2=program -DIMPORT=folder -DIN=file.h -DDIR=folder -P gsoap_run.cmake
# Runs the generator, quiet unless it fails, and takes out the time stamps it writes.
file(MAKE_DIRECTORY ${DIR})
execute_process(COMMAND ${SOAPCPP2} -c -2 -C -L -x -w -n -pwsm -d${DIR} -I${IMPORT} ${IN}
  RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${out}")
endif()
foreach(name wsmC.c wsmH.h wsmStub.h)
  file(READ ${DIR}/${name} text)
  string(REGEX REPLACE "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT" "" text "${text}")
  file(WRITE ${DIR}/${name} "${text}")
endforeach()
# The library asks for its table of prefixes by the name namespaces.
file(READ ${DIR}/wsm.nsmap text)
string(REPLACE "wsm_namespaces" "namespaces" text "${text}")
file(WRITE ${DIR}/wsmN.c "${text}")
