# copyout_embed(layer folder name=file...)
#
# Puts files of src/<layer>/<folder>/ into the layer as strings, which <folder>_files.h there declares: `extern const char
# name[]`. The files are plain ASCII, which a string of C holds whatever the compiler takes a char for.
#
# The same file is the script that writes the source when it is built:
#     cmake -D OUT=... -D FILES=name=path,... -D HEADER=... -P embed.cmake
function(copyout_embed layer folder)
  set(files)
  set(paths)
  foreach(pair ${ARGN})
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 file)
    set(path ${CMAKE_SOURCE_DIR}/src/${layer}/${folder}/${file})
    list(APPEND files ${name}=${path})
    list(APPEND paths ${path})
  endforeach()
  list(JOIN files "," files)
  set(out ${CMAKE_BINARY_DIR}/embedded/${layer}_${folder}_files.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D FILES=${files} -D HEADER=${layer}/${folder}/${folder}_files.h
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed.cmake
    DEPENDS ${paths} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed.cmake
    VERBATIM)
  target_sources(co_${layer} PRIVATE ${out})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "/* Made by cmake/embed.cmake. */\n#include \"${HEADER}\"\n")
  string(REPLACE "," ";" FILES "${FILES}")
  foreach(pair ${FILES})
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 path)
    file(READ ${path} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    if(bytes MATCHES "0x[89a-f]")
      message(FATAL_ERROR "${path} is not plain ASCII")
    endif()
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
           bytes "${bytes}")
    string(APPEND text "\nconst char ${name}[] = {\n${bytes}0};\n")
  endforeach()
  file(WRITE ${OUT} "${text}")
endif()
