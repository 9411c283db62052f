set edit:completion:arg-completer[confctl] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) CONFCTL_COMPLETE="elvish" confctl -- $@words) | to-lines
}
