#!/bin/bash
# maildir-hooks/new-mail: what happens to each file of a Maildir. A stand-in for `diktyo receive` gives every exit code;
# the last part runs the real program.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
box=$work/box
mkdir -p "$work/bin"

# Writes down what it was given and ends as the subject says.
cat >"$work/bin/diktyo" <<'END'
#!/bin/bash
printf '%s|%s|%s|%s\n' "$1" "$2" "$3" "$4" >>"$RECORD"
cat >"$RECORD.mail"
grep -aq '^Subject: slow' "$RECORD.mail" && sleep 0.5
exit "$(sed -n 's/^Subject: exit //p' "$RECORD.mail" | grep . || echo 0)"
END
chmod +x "$work/bin/diktyo"
program=$(realpath -m "${DIKTYO:-build/diktyo}")
export RECORD=$work/record PATH=$work/bin:$PATH
unset DIKTYO

count=0
ok() {
    local what=$1
    count=$((count + 1))
    shift
    if "$@"; then echo "ok $count - $what"; else echo "not ok $count - $what"; fi
}
fresh() {
    rm -rf "$box" "$RECORD"
    mkdir -p "$box/new" "$box/cur" "$box/tmp"
    : >"$RECORD"
}
mail() { printf 'Return-Path: <maria@dimos-argos.example.gr>\nX-Original-To: %s\nSubject: %s\n\nΚαλημέρα\n' "$2" "$3" >"$box/new/$1"; }
drain() {
    maildir-hooks/new-mail "$box" "$@" 2>"$work/said"
    code=$?
}
is() { [ "$1" = "$2" ] || { echo "# got: $1"; echo "# not: $2"; false; }; }
files() { find "$box" -type f | wc -l; }

to=environment@groups.example.gr

fresh
mail 1.a "$to" 'exit 0'
cp "$box/new/1.a" "$work/before"
drain "$to"
ok 'a mail that was taken is removed' is "$code $(files)" '0 0'
ok 'its sender and recipient are handed over' is "$(cat "$RECORD")" "receive|--|maria@dimos-argos.example.gr|$to"
ok 'its bytes are handed over as they are' cmp "$work/before" "$RECORD.mail"

fresh
mail 1.a "$to" 'exit 75'
mail 2.b "$to" 'exit 1'
mail 3.c "$to" 'exit 0'
drain "$to"
ok 'mail that must wait stays in new/, whatever the code' is "$code $(cd "$box/new" && echo *)" '75 1.a 2.b'
ok 'the mail behind it is taken all the same' is "$(wc -l <"$RECORD")" 3

fresh
mail 1.a "$to" 'exit 67'
mail 2.b "$to" 'exit 77'
drain "$to"
ok 'refused mail is kept apart for a person' is "$code $(cd "$box/refused/new" && echo *) $(find "$box/new" -type f | wc -l)" '0 1.a 2.b 0'
ok 'and a line says so' is "$(grep -c 'refused' "$work/said")" 2
mail 1.a "$to" 'exit 67'
printf 'another mail\n' >>"$box/new/1.a"
drain "$to"
ok 'a refused mail never replaces one of the same name' is "$code $(files)" '75 3'

fresh
odd=$'1 \'"$(touch gone)`;\n-rf *?'
mail "$odd" "$to" 'exit 0'
mail "--help" "$to" 'exit 0'
drain "$to"
ok 'odd file names are only names' is "$code $(files) $(wc -l <"$RECORD")" '0 0 2'
(cd "$work" && mkdir -p ./-n/new && printf 'Subject: x\n\n' >./-n/new/1 && "$OLDPWD/maildir-hooks/new-mail" -n "$to")
ok 'so is an odd folder' is "$? $(ls "$work/-n/new")" '0 '
fresh
mkdir "$box/new/folder"
ln -s /etc/passwd "$box/new/link"
drain "$to"
ok 'what is not a file is left alone' is "$code $(wc -l <"$RECORD")" '0 0'

fresh
mail 1.a "$to" slow
mail 2.b "$to" slow
(maildir-hooks/new-mail "$box" "$to" & maildir-hooks/new-mail "$box" "$to" & wait)
ok 'two runs at once hand each mail over once' is "$(wc -l <"$RECORD") $(files)" '2 0'

# The envelope, read from the header: header, expected sender and recipient, what it shows.
reads() {
    fresh
    printf "$1" >"$box/new/1"
    drain
    ok "$3" is "$code $(cut -d'|' -f3- "$RECORD")" "0 $2"
}
reads "Return-Path: <>\nX-Original-To: g-bounces+k@groups.example.gr\n\n" '|g-bounces+k@groups.example.gr' 'a bounce has the null sender'
reads "Delivered-To: $to\nFrom: =?utf-8?q?=CE=95?=\n <e@dimos.example.gr>\n\n" "e@dimos.example.gr|$to" \
    'without Return-Path the author stands in, from a folded field too'
reads "Delivered-To: box@example.gr\nX-Original-To: $to\n\n" "unknown@sender.invalid|$to" 'X-Original-To goes before Delivered-To'
reads "X-Original-To: $to\nReturn-Path: <a@example.gr>\nX-Original-To: x@groups.example.gr\nReturn-Path: <>\n\n" "a@example.gr|$to" \
    'the first field of a name counts'
reads "X-Original-To: $to\nReturn-Path: <a b;\$(id)@x> \n\nReturn-Path: <b@example.gr>\n" "unknown@sender.invalid|$to" \
    'a sender that is no address is not handed on'
fresh
printf 'Return-Path: <a@example.gr>\nSubject: x\n\nX-Original-To: %s\n' "$to" >"$box/new/1"
drain
ok 'mail that is for nobody is refused' is "$code $(ls "$box/refused/new") $(wc -l <"$RECORD")" '0 1 0'
fresh
head -c 200000 /dev/urandom >"$box/new/1"
printf '\0\n\0' >"$box/new/2"
: >"$box/new/3"
drain "$to"
ok 'mail that is no mail is handed over too' is "$code $(wc -l <"$RECORD")" '0 3'

export DIKTYO=$program DIKTYO_CONFIG=$work/site/diktyo.conf
ready() {
    [ -x "$program" ] && "$program" init "$work/site" --domain groups.example.gr >/dev/null &&
        "$program" group add environment --title Περιβάλλον --description Περιβάλλον --theme Περιβάλλον --owner maria@dimos-argos.example.gr >/dev/null
}
real() {
    fresh
    printf 'Return-Path: <maria@dimos-argos.example.gr>\nFrom: Μαρία <maria@dimos-argos.example.gr>\nMessage-ID: <1@x.example.gr>\nSubject: x\n\nΚαλημέρα\n' >"$box/new/1"
    cp "$box/new/1" "$work/again"
    drain "$to"
    is "$code $(files)" '0 0' || return 1
    cp "$work/again" "$box/new/2"
    drain "$to"
    is "$code $(files) $("$program" archive list environment --json | grep -o 1@x.example.gr | wc -l)" '0 0 1'
}
if ready; then
    ok 'the real program takes a mail once, though it comes twice' real
    mail 3 nobody@groups.example.gr x
    drain
    ok 'the real program refuses what is for no group' is "$code $(ls "$box/refused/new")" '0 3'
else
    ok 'the real program # SKIP is not built' true
fi
echo "1..$count"
