include(GNUInstallDirs)

install(TARGETS copyout RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/man/copyout.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
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
  configure_file(\"${CMAKE_SOURCE_DIR}/cmake/copyout.pc.in\" \"${CMAKE_BINARY_DIR}/copyout.pc\" @ONLY)")
install(FILES ${CMAKE_BINARY_DIR}/copyout.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

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
install(FILES ${CMAKE_BINARY_DIR}/completions/_copyout
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
