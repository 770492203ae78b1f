/// What the guard runs: a POSIX shell, since every machine that runs shell tasks has one.
///
/// Each argument and each line that it reads is an entry (`GuardedCommands`). Input ends when the worker does; then it ends what its entries
/// name, and itself.
enum GuardScript {
    static let text = #"""
        # Swiftflow: ends the processes of shell tasks whose worker is gone.

        # Who stops a service may signal all that belongs to it; the guard is needed until the worker is gone.
        trap '' HUP INT QUIT TERM
        exec 2>/dev/null
        cd /
        last=-1
        note() {
            eval "slot_$1=\$2"
            if [ "$1" -gt "$last" ]; then last=$1; fi
        }
        for entry in "$@"; do note ${entry}; done
        while read -r slot value; do note "$slot" "$value"; done

        fresh= announced=
        while [ "$last" -ge 0 ]; do
            eval "value=\${slot_$last-}"
            case $value in
            '?'*) announced="$announced ${value#?}" ;;
            *) fresh="$fresh $value" ;;
            esac
            last=$((last - 1))
        done

        # The groups of a command that may have been started without a word of it. Where there is no /proc, none is found.
        find_groups() {
            for file in $(grep -lF "SWIFTFLOW_COMMAND_ID=$1" /proc/[0-9]*/environ); do
                read -r stat <"${file%environ}stat" || continue
                # Behind the name, which may hold anything: state, parent, group.
                set -- ${stat##*) }
                echo "$3"
            done
        }

        # SIGTERM for each group, a second for them to end, SIGKILL for the rest.
        groups=
        for round in 1 2 3 4 5 6 7 8 9 10; do
            for id in $announced; do fresh="$fresh $(find_groups "$id")"; done
            for group in $fresh; do
                case " $groups " in
                *" $group "*) ;;
                *) kill -s TERM -- "-$group" && groups="$groups $group" ;;
                esac
            done
            fresh= left=
            for group in $groups; do kill -s 0 -- "-$group" && left="$left $group"; done
            groups=$left
            if [ -z "$groups$announced" ]; then exit 0; fi
            sleep 0.1 || sleep 1
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
        """#
}
