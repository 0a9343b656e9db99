# Completion of congthu for bash: source this file, or install it as /usr/share/bash-completion/completions/congthu.
_congthu() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command= verb= word i skip=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      -c|--config|--format|--lang|--as|--as-password) skip=1 ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; elif [[ -z $verb ]]; then verb=$word; fi ;;
    esac
  done
  case $previous in
    --format) COMPREPLY=($(compgen -W "table json csv" -- "$current")); return ;;
    --lang) COMPREPLY=($(compgen -W "vi en" -- "$current")); return ;;
    --revocation) COMPREPLY=($(compgen -W "require prefer off" -- "$current")); return ;;
    --class) COMPREPLY=($(compgen -W "vgca public site" -- "$current")); return ;;
    --kind) COMPREPLY=($(compgen -W "anchor intermediate crl" -- "$current")); return ;;
    --by) COMPREPLY=($(compgen -W "agency month signer" -- "$current")); return ;;
    --queue) COMPREPLY=($(compgen -W "hold send drop" -- "$current")); return ;;
    --tls) COMPREPLY=($(compgen -W "implicit starttls" -- "$current")); return ;;
    --as) COMPREPLY=($(compgen -W "eml mbox" -- "$current")); return ;;
    --variant) COMPREPLY=($(compgen -W "auto mboxrd mboxo mboxcl mboxcl2" -- "$current")); return ;;
    --direction) COMPREPLY=($(compgen -W "in out" -- "$current")); return ;;
    --field) COMPREPLY=($(compgen -W "number symbol kind kind_abbrev doc_class issuer place date title signer signer_authority urgency copy_form note" -- "$current")); return ;;
    --status) COMPREPLY=($(compgen -W "received assigned in_progress done refused sent delivered read recalled void" -- "$current")); return ;;
    --channel) COMPREPLY=($(compgen -W "submission inbound" -- "$current")); return ;;
    --type)
      if [[ $command == classify ]]; then COMPREPLY=($(compgen -W "eml pdf docx doc odt rtf txt" -- "$current"))
      else COMPREPLY=($(compgen -W "eml pdf p7m" -- "$current")); fi
      return ;;
    -c|--config|--trust|--crl|--content|--message|--ocsp|--inspect|--head|--key) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  local commands="init domain agency account alias trust queue quarantine secrecy search mailbox store hold retention register document key config policy role audit report signature receipt verify classify version"
  local common="--help --config --format --lang"
  if [[ -z $command && $current != -* ]]; then COMPREPLY=($(compgen -W "$commands" -- "$current")); return; fi
  local verbs=
  case $command in
    domain|agency|alias) verbs="add list show remove" ;;
    account) verbs="add list show set remove allow disallow" ;;
    trust) verbs="add list remove import-bundle export pending approve reject" ;;
    queue) verbs="list show retry hold release drop" ;;
    store) verbs="check stats backup backups verify-backup restore" ;;
    mailbox) verbs="deleted undelete restore import export verify-export" ;;
    hold) verbs="place lift list show" ;;
    retention) verbs="show" ;;
    register) verbs="list show correct assign recall edxml export" ;;
    document) verbs="find match published" ;;
    key) verbs="new status enable rotate stop rewrap" ;;
    config) verbs="check" ;;
    policy) verbs="test simulate exception" ;;
    signature) verbs="recheck" ;;
    receipt) verbs="list show verify" ;;
    secrecy) verbs="list show release purge" ;;
    quarantine) verbs="list show save release refuse" ;;
    role) verbs="grant revoke list" ;;
    audit) verbs="list show verify head export mailbox" ;;
    report) verbs="signatures certificates exchange mailboxes kpi monthly provisioning deadlines policy inputs publish published schedule" ;;
  esac
  if [[ -n $verbs && -z $verb && $current != -* ]]; then COMPREPLY=($(compgen -W "$verbs" -- "$current")); return; fi
  local options=
  case "$command $verb" in
    "init "*) options="--domain --listen --smtp-port --submission-port --submissions-port --imap-port --imaps-port --http-port --plaintext-loopback" ;;
    "verify "*) options="--stored --content --trust --crl --ocsp --revocation --at --type --inspect" ;;
    "receipt list") options="--from --to --address --message-id --digest --limit" ;;
    "receipt show") options="--out" ;;
    "receipt verify") options="--message --trust --crl --ocsp --revocation --at" ;;
    "signature recheck") options="--since --dry-run" ;;
    "classify "*) options="--type --ocr --inspect" ;;
    "search "*) options="--limit --reason" ;;
    "register list"|"register export") options="--agency --direction --from --to --kind --issuer --number --status --unit --official --duplicates --overdue --edxml"
      [[ $verb == list ]] && options+=" --before --limit" ;;
    "register correct") options="--field --value --clear --void --restore --reason" ;;
    "register assign") options="--unit --official --due --status --note" ;;
    "register recall") options="--reason" ;;
    "register edxml") options="--paper" ;;
    "document match") options="--inspect" ;;
    "document published") options="--at --url" ;;
    "domain add") options="--agency" ;;
    "agency add") options="--name --parent --symbol --from --until --alias --replace" ;;
    "agency list") options="--at" ;;
    "account add") options="--name --agency --functional --quota --password-stdin" ;;
    "account set") options="--name --agency --functional --quota --password-stdin --password --disable --enable" ;;
    "account list") options="--agency --domain" ;;
    "alias add") options="--replace" ;;
    "trust add") options="--class --kind --domain --agency --any-name --fingerprint --yes" ;;
    "trust export") options="--output --kind" ;;
    "hold place") options="--reason --case --account --agency --document --search --everything" ;;
    "hold lift") options="--reason --case" ;;
    "retention show") options="--account" ;;
    "store check") options="--no-digests --repair --yes --into" ;;
    "store backup") options="--keep" ;;
    "store restore") options="--generation --replace --keep-uidvalidity --no-check --queue" ;;
    "mailbox restore") options="--mailbox --from --at --generation --replace" ;;
    "mailbox deleted") options="--mailbox --since --limit" ;;
    "mailbox undelete") options="--mailbox --since --uid --to --all" ;;
    "mailbox import") options="--into --ignore-quota --restore-removed --variant --zone --seen --host --port --user --password-stdin --tls --ca --only --skip" ;;
    "mailbox export") options="--mailbox --to --as --key" ;;
    "mailbox verify-export") options="--public-key" ;;
    "policy exception") options="list add remove --rule --agency --address --from --until --approver --reason" ;;
    "policy test") options="--from --to --login --channel" ;;
    "role grant"|"role revoke") options="--domain --agency" ;;
    "secrecy release"|"secrecy purge") options="--reason" ;;
    "quarantine release"|"quarantine refuse") options="--reason" ;;
    "audit list") options="--who --what --target --from --to --limit" ;;
    "audit verify") options="--head --key" ;;
    "audit export") options="--after" ;;
    "audit mailbox") options="--limit" ;;
    "report signatures") options="--from --to --by --output --messages --limit --verdict --reason --agency --signer --class --layer --month" ;;
    "report "*) options="--from --to --by --output" ;;
  esac
  if [[ $previous == import ]]; then COMPREPLY=($(compgen -W "mbox maildir eml imap" -- "$current")); return; fi
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$options $common" -- "$current")); return; fi
  COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _congthu congthu
