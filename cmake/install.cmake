include(GNUInstallDirs)

install(TARGETS copyout RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/man/copyout.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The completions come from the program's own tables.
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/completions/copyout ${CMAKE_BINARY_DIR}/completions/copyout.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completions
  COMMAND copyout completion bash > ${CMAKE_BINARY_DIR}/completions/copyout
  COMMAND copyout completion fish > ${CMAKE_BINARY_DIR}/completions/copyout.fish
  DEPENDS copyout
  VERBATIM)
add_custom_target(completions ALL DEPENDS ${CMAKE_BINARY_DIR}/completions/copyout)
install(FILES ${CMAKE_BINARY_DIR}/completions/copyout
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${CMAKE_BINARY_DIR}/completions/copyout.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
