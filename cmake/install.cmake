include(GNUInstallDirs)
# Debian looks for the completions of its packages in zsh/vendor-completions.
set(COPYOUT_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
    "Folder of zsh's completions, below the prefix")

install(TARGETS copyout RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/man/copyout.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_SOURCE_DIR}/examples/copy_list.c DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# llhttp is a part of the program, and its licence asks for its notice.
install(FILES /usr/share/doc/node-llhttp/copyright RENAME llhttp.copyright OPTIONAL
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

# libcopyout. The prefix is known when it is installed (`make install PREFIX=…`), not before.
install(FILES ${CMAKE_SOURCE_DIR}/include/copyout/copyout.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/copyout)
install(TARGETS copyout_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/libcopyout.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(CODE "
  set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
  set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  foreach(name copyout copyout-static)
    configure_file(\"${CMAKE_SOURCE_DIR}/cmake/\${name}.pc.in\" \"${CMAKE_BINARY_DIR}/\${name}.pc\" @ONLY)
  endforeach()")
install(FILES ${CMAKE_BINARY_DIR}/copyout.pc ${CMAKE_BINARY_DIR}/copyout-static.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The completions come from the program's own tables.
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/completions/copyout ${CMAKE_BINARY_DIR}/completions/copyout.fish
         ${CMAKE_BINARY_DIR}/completions/_copyout
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completions
  COMMAND copyout completion bash > ${CMAKE_BINARY_DIR}/completions/copyout
  COMMAND copyout completion fish > ${CMAKE_BINARY_DIR}/completions/copyout.fish
  COMMAND copyout completion zsh > ${CMAKE_BINARY_DIR}/completions/_copyout
  DEPENDS copyout
  VERBATIM)
add_custom_target(completions ALL DEPENDS ${CMAKE_BINARY_DIR}/completions/copyout)
install(FILES ${CMAKE_BINARY_DIR}/completions/copyout
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${CMAKE_BINARY_DIR}/completions/copyout.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_BINARY_DIR}/completions/_copyout DESTINATION ${COPYOUT_ZSH_DIR})

# All that is installed, and no tests.
add_custom_target(installed DEPENDS copyout copyout_shared copyout_static completions)
