# copyout_layer(name [DEPENDS layer...] [LIBS lib...])
#
# One static library of src/<name>/*.c. Sources say #include "<layer>/<file>.h"; the folder that makes
# this work holds a link to that one layer, and a layer sees only the folders of those below it. So an
# include that points up does not compile, and a call that points up does not link in the unit tests,
# which link one layer each.
function(copyout_layer name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c
       ${CMAKE_SOURCE_DIR}/src/${name}/*/*.c)
  add_library(co_${name} STATIC ${sources})
  copyout_same_bytes(co_${name})
  # All layers, for what is done to each of them: unit tests, fuzz targets, lint.
  set_property(GLOBAL APPEND PROPERTY COPYOUT_LAYERS ${name})
  set(root ${CMAKE_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${root}/${name} SYMBOLIC)
  target_include_directories(co_${name} PUBLIC ${root})
  foreach(below ${arg_DEPENDS})
    target_link_libraries(co_${name} PUBLIC co_${below})
  endforeach()
  # libuv's and curl's types are in the headers of net, so what uses net must see them; all other
  # libraries are a layer's own business.
  if(name STREQUAL "net")
    target_link_libraries(co_${name} PUBLIC ${arg_LIBS})
  else()
    target_link_libraries(co_${name} PRIVATE ${arg_LIBS})
  endif()
endfunction()
