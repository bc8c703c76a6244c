# libcopyout: all layers but those of the command line, with the functions of include/copyout/copyout.h and no others. Both
# libraries are made of the objects that the program is made of.
set(COPYOUT_SOVERSION 0)
get_property(layers GLOBAL PROPERTY COPYOUT_LAYERS)
list(REMOVE_ITEM layers cli cmd)
set(objects $<TARGET_OBJECTS:llhttp>)
foreach(layer ${layers})
  list(APPEND objects $<TARGET_OBJECTS:co_${layer}>)
endforeach()
set(libraries PkgConfig::CURL PkgConfig::UV PkgConfig::CRYPTO PkgConfig::EXPAT PkgConfig::JANSSON
              PkgConfig::INIH PkgConfig::ZLIB ${CSV_LIBRARY})

add_library(copyout_shared SHARED ${objects})
target_link_libraries(copyout_shared PRIVATE ${libraries})
set_target_properties(copyout_shared PROPERTIES OUTPUT_NAME copyout LINKER_LANGUAGE C
                      VERSION ${PROJECT_VERSION} SOVERSION ${COPYOUT_SOVERSION})

# An archive has no hidden functions: its objects are linked into one, and what is hidden in that is
# made local. A program can then have a buf_init() of its own.
set(static ${CMAKE_BINARY_DIR}/libcopyout.a)
add_custom_command(
  OUTPUT ${static}
  COMMAND ${CMAKE_LINKER} -r -o libcopyout.o ${objects}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden libcopyout.o
  COMMAND ${CMAKE_COMMAND} -E rm -f ${static}
  COMMAND ${CMAKE_AR} qc ${static} libcopyout.o
  COMMAND ${CMAKE_RANLIB} ${static}
  DEPENDS ${objects}
  WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(copyout_static ALL DEPENDS ${static})
