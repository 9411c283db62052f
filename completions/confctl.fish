complete --keep-order --exclusive --command confctl --arguments "(CONFCTL_COMPLETE=fish confctl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
