
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'confctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'confctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'confctl' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Schedule a conference and print its invitation')
            [CompletionResult]::new('meet-now', 'meet-now', [CompletionResultType]::ParameterValue, 'Start a conference this moment')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List meetings, and what the pool has of them')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the call-in details of a meeting')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change a meeting: time, subject, people, conference')
            [CompletionResult]::new('reschedule', 'reschedule', [CompletionResultType]::ParameterValue, 'Change a meeting: time, subject, people, conference')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Cancel a meeting, or one of a series')
            [CompletionResult]::new('invite', 'invite', [CompletionResultType]::ParameterValue, 'Print the invitation of a meeting again')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Finish what was left half done')
            [CompletionResult]::new('settings', 'settings', [CompletionResultType]::ParameterValue, 'Open, name or show settings')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a pool and remember the account')
            [CompletionResult]::new('pool', 'pool', [CompletionResultType]::ParameterValue, 'Run a practice pool')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;schedule' {
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'What it is about')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'What it is about')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'When it ends, instead of --duration')
            [CompletionResult]::new('--zone', '--zone', [CompletionResultType]::ParameterName, 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Take a meeting that was made elsewhere, an .ics file or ''-'', and add a conference to it')
            [CompletionResult]::new('--repeat', '--repeat', [CompletionResultType]::ParameterName, 'How often it comes again; weekdays are Monday to Friday')
            [CompletionResult]::new('--every', '--every', [CompletionResultType]::ParameterName, 'Only every so many days, weeks, months or years')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'On which days: mon,wed for weekly; ''first monday'', -1fri or 15 for monthly [default: that of --start]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'The last day, "18 dec", or the last moment, "18 dec 10:00"; without it or --count there is no end')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many times in all')
            [CompletionResult]::new('--rrule', '--rrule', [CompletionResultType]::ParameterName, 'A rule of RFC 5545 instead, as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"')
            [CompletionResult]::new('--invite', '--invite', [CompletionResultType]::ParameterName, 'People who are needed: ana@example.com, "Ana Exemplar <ana@example.com>"')
            [CompletionResult]::new('--optional', '--optional', [CompletionResultType]::ParameterName, 'People who may come')
            [CompletionResult]::new('--presenter', '--presenter', [CompletionResultType]::ParameterName, 'People who may present; invited if they are not yet')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'Your own words above the call-in details; ''-'' reads them from stdin')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'assigned: the Conference ID that is always yours; new: one for this meeting alone')
            [CompletionResult]::new('--access', '--access', [CompletionResultType]::ParameterName, 'open: everybody in the organisation; closed: the invited; anonymous: everybody with the details')
            [CompletionResult]::new('--passcode', '--passcode', [CompletionResultType]::ParameterName, 'auto: random digits where they are needed; none; or digits of your own')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Dial-in region whose numbers come first [default: yours]')
            [CompletionResult]::new('--promote', '--promote', [CompletionResultType]::ParameterName, 'Who else becomes a presenter on joining (Lync and later)')
            [CompletionResult]::new('--lobby-bypass', '--lobby-bypass', [CompletionResultType]::ParameterName, 'Whether phone callers skip the lobby (Lync and later) [default: yes]')
            [CompletionResult]::new('--on-behalf-of', '--on-behalf-of', [CompletionResultType]::ParameterName, 'Schedule for somebody whose delegate you are')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A name for this request: however often it runs, there is one conference')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--no-dial-in', '--no-dial-in', [CompletionResultType]::ParameterName, 'Nobody may join by phone')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Ask the pool what is possible and print the plan, but make nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;meet-now' {
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'What it is about [default: Meet now]')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'What it is about [default: Meet now]')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'People to be invited')
            [CompletionResult]::new('--invite', '--invite', [CompletionResultType]::ParameterName, 'People to be invited')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'assigned: the Conference ID that is always yours; new: one for this meeting alone')
            [CompletionResult]::new('--passcode', '--passcode', [CompletionResultType]::ParameterName, 'auto: random digits where they are needed; none; or digits of your own')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'A name for this request: however often it runs, there is one conference')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Join it at once, with the program or browser that opens its link')
            [CompletionResult]::new('--no-dial-in', '--no-dial-in', [CompletionResultType]::ParameterName, 'Nobody may join by phone')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;list' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From when on: "monday 0:00", 2026-12-01 [default: now]')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Until when')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'At most so many')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Past and cancelled ones too, and what never expires')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Don''t ask the pool')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'For programs: a JSON array')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;show' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Don''t ask the pool')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'For programs')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;update' {
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'New subject')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'New subject')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'When it ends, instead of --duration')
            [CompletionResult]::new('--zone', '--zone', [CompletionResultType]::ParameterName, 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]')
            [CompletionResult]::new('--occurrence', '--occurrence', [CompletionResultType]::ParameterName, 'One meeting of a series, by its day or its start; without it: all of them')
            [CompletionResult]::new('--rrule', '--rrule', [CompletionResultType]::ParameterName, 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Invite more people who are needed')
            [CompletionResult]::new('--invite', '--invite', [CompletionResultType]::ParameterName, 'Invite more people who are needed')
            [CompletionResult]::new('--optional', '--optional', [CompletionResultType]::ParameterName, 'Invite more people who may come')
            [CompletionResult]::new('--presenter', '--presenter', [CompletionResultType]::ParameterName, 'People who may present; invited if they are not yet')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'People who need not come any more')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'assigned: the Conference ID that is always yours; new: one for this meeting alone')
            [CompletionResult]::new('--access', '--access', [CompletionResultType]::ParameterName, 'open, closed, anonymous or (Lync and later) locked')
            [CompletionResult]::new('--passcode', '--passcode', [CompletionResultType]::ParameterName, 'auto: new random digits; none; or digits of your own')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Dial-in region whose numbers come first')
            [CompletionResult]::new('--promote', '--promote', [CompletionResultType]::ParameterName, 'Who else becomes a presenter on joining (Lync and later)')
            [CompletionResult]::new('--lobby-bypass', '--lobby-bypass', [CompletionResultType]::ParameterName, 'Whether phone callers skip the lobby (Lync and later)')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--dial-in', '--dial-in', [CompletionResultType]::ParameterName, 'Let people join by phone')
            [CompletionResult]::new('--no-dial-in', '--no-dial-in', [CompletionResultType]::ParameterName, 'Nobody may join by phone')
            [CompletionResult]::new('--new-block', '--new-block', [CompletionResultType]::ParameterName, 'Add a new call-in block where the fences of the old one are damaged')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;reschedule' {
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'New subject')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'New subject')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'When it starts: "tomorrow 10:00", "friday 9:00", "2026-03-02 10:00", +2h, RFC 3339')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long it lasts: 30m, 1h30m, 90 minutes [default: 1h]')
            [CompletionResult]::new('--end', '--end', [CompletionResultType]::ParameterName, 'When it ends, instead of --duration')
            [CompletionResult]::new('--zone', '--zone', [CompletionResultType]::ParameterName, 'Time zone of --start and --end, as Europe/Prague [default: this computer''s]')
            [CompletionResult]::new('--occurrence', '--occurrence', [CompletionResultType]::ParameterName, 'One meeting of a series, by its day or its start; without it: all of them')
            [CompletionResult]::new('--rrule', '--rrule', [CompletionResultType]::ParameterName, 'New rule of the series (RFC 5545), as FREQ=WEEKLY;BYDAY=MO')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Invite more people who are needed')
            [CompletionResult]::new('--invite', '--invite', [CompletionResultType]::ParameterName, 'Invite more people who are needed')
            [CompletionResult]::new('--optional', '--optional', [CompletionResultType]::ParameterName, 'Invite more people who may come')
            [CompletionResult]::new('--presenter', '--presenter', [CompletionResultType]::ParameterName, 'People who may present; invited if they are not yet')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'People who need not come any more')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'assigned: the Conference ID that is always yours; new: one for this meeting alone')
            [CompletionResult]::new('--access', '--access', [CompletionResultType]::ParameterName, 'open, closed, anonymous or (Lync and later) locked')
            [CompletionResult]::new('--passcode', '--passcode', [CompletionResultType]::ParameterName, 'auto: new random digits; none; or digits of your own')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Dial-in region whose numbers come first')
            [CompletionResult]::new('--promote', '--promote', [CompletionResultType]::ParameterName, 'Who else becomes a presenter on joining (Lync and later)')
            [CompletionResult]::new('--lobby-bypass', '--lobby-bypass', [CompletionResultType]::ParameterName, 'Whether phone callers skip the lobby (Lync and later)')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--dial-in', '--dial-in', [CompletionResultType]::ParameterName, 'Let people join by phone')
            [CompletionResult]::new('--no-dial-in', '--no-dial-in', [CompletionResultType]::ParameterName, 'Nobody may join by phone')
            [CompletionResult]::new('--new-block', '--new-block', [CompletionResultType]::ParameterName, 'Add a new call-in block where the fences of the old one are damaged')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;cancel' {
            [CompletionResult]::new('--occurrence', '--occurrence', [CompletionResultType]::ParameterName, 'One meeting of a series, by its day or its start; without it: all of them')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Don''t ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Don''t ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;invite' {
            [CompletionResult]::new('--occurrence', '--occurrence', [CompletionResultType]::ParameterName, 'One meeting of a series, by its day or its start')
            [CompletionResult]::new('--cancel-for', '--cancel-for', [CompletionResultType]::ParameterName, 'Print what takes the meeting out of the calendars of these people')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print: ics for calendars, text for people, json for programs')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write to a file instead of stdout; ''-'' is stdout')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;resume' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Only list what is unfinished')
            [CompletionResult]::new('--forget', '--forget', [CompletionResultType]::ParameterName, 'Drop it instead; what the pool has by now stays there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'For programs: a JSON array')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;settings' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Open the Dial-In Conferencing Settings page in the browser')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print the address of the Dial-In Conferencing Settings page')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the settings in force')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;settings;open' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;settings;url' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;settings;show' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;settings;help' {
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Open the Dial-In Conferencing Settings page in the browser')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print the address of the Dial-In Conferencing Settings page')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the settings in force')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;settings;help;open' {
            break
        }
        'confctl;settings;help;url' {
            break
        }
        'confctl;settings;help;show' {
            break
        }
        'confctl;settings;help;help' {
            break
        }
        'confctl;login' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'SIP address, as sip:ana@example.com')
            [CompletionResult]::new('--login', '--login', [CompletionResultType]::ParameterName, 'Windows account, as EXAMPLE\ana [default: the SIP address]')
            [CompletionResult]::new('--server', '--server', [CompletionResultType]::ParameterName, 'Pool, as tls:pool.example.com:5061')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Authorities to trust besides the system''s, as a PEM file')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('--legacy-tls', '--legacy-tls', [CompletionResultType]::ParameterName, 'Allow TLS 1.0, as Office Communications Server 2007 R2 and Lync 2010 need')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from stdin instead of asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;pool' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a practice pool until Ctrl-C or SIGTERM')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;pool;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen: tcp:HOST:PORT or tls:HOST:PORT, port 0 for any free one; may be repeated')
            [CompletionResult]::new('--http', '--http', [CompletionResultType]::ParameterName, 'Where to serve the dial-in page over HTTPS: HOST:PORT, once for the external address, once more for the internal one')
            [CompletionResult]::new('--users', '--users', [CompletionResultType]::ParameterName, 'Users, one a line: SIP address, DOMAIN\login, password')
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Folder for conferences and certificates [default: one of its own below ~/.local/share/confctl]')
            [CompletionResult]::new('--dialect', '--dialect', [CompletionResultType]::ParameterName, 'Product generation: ocs2007, ocs2007r2 or lync')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'What users may do: dial-in=off, anonymous=off, passcode=optional, passcode-digits=N, quota=N, meeting-size=N, expiry-years=N, blob-bytes=N')
            [CompletionResult]::new('--delegate', '--delegate', [CompletionResultType]::ParameterName, 'Who may make conferences for whom, as sip:boss@example.com=sip:ana@example.com; may be repeated')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'What to do wrong: NAME[=VALUE][@POINT], as refuse=503@addConference, drop@3, delay=500; a wrong one lists all')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;pool;help' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a practice pool until Ctrl-C or SIGTERM')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;pool;help;serve' {
            break
        }
        'confctl;pool;help;help' {
            break
        }
        'confctl;completions' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write confctl.1, confctl-schedule.1 and so on to this folder')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file instead of ~/.config/confctl/config.toml')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colour: auto, always or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say less: once, errors only; twice, nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more: once, each step; twice, every message on the wire, with secrets masked')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; name what is missing instead')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'confctl;help' {
            [CompletionResult]::new('schedule', 'schedule', [CompletionResultType]::ParameterValue, 'Schedule a conference and print its invitation')
            [CompletionResult]::new('meet-now', 'meet-now', [CompletionResultType]::ParameterValue, 'Start a conference this moment')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List meetings, and what the pool has of them')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the call-in details of a meeting')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change a meeting: time, subject, people, conference')
            [CompletionResult]::new('cancel', 'cancel', [CompletionResultType]::ParameterValue, 'Cancel a meeting, or one of a series')
            [CompletionResult]::new('invite', 'invite', [CompletionResultType]::ParameterValue, 'Print the invitation of a meeting again')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Finish what was left half done')
            [CompletionResult]::new('settings', 'settings', [CompletionResultType]::ParameterValue, 'Open, name or show settings')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to a pool and remember the account')
            [CompletionResult]::new('pool', 'pool', [CompletionResultType]::ParameterValue, 'Run a practice pool')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'confctl;help;schedule' {
            break
        }
        'confctl;help;meet-now' {
            break
        }
        'confctl;help;list' {
            break
        }
        'confctl;help;show' {
            break
        }
        'confctl;help;update' {
            break
        }
        'confctl;help;cancel' {
            break
        }
        'confctl;help;invite' {
            break
        }
        'confctl;help;resume' {
            break
        }
        'confctl;help;settings' {
            [CompletionResult]::new('open', 'open', [CompletionResultType]::ParameterValue, 'Open the Dial-In Conferencing Settings page in the browser')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print the address of the Dial-In Conferencing Settings page')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the settings in force')
            break
        }
        'confctl;help;settings;open' {
            break
        }
        'confctl;help;settings;url' {
            break
        }
        'confctl;help;settings;show' {
            break
        }
        'confctl;help;login' {
            break
        }
        'confctl;help;pool' {
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a practice pool until Ctrl-C or SIGTERM')
            break
        }
        'confctl;help;pool;serve' {
            break
        }
        'confctl;help;completions' {
            break
        }
        'confctl;help;man' {
            break
        }
        'confctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
