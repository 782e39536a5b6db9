# shellcheck shell=sh
# Sourced by tools/odradek and tools/test: finds what the build lacks and installs it by package
# name, then configures and builds. Talks on stderr only, because stdout belongs to the program.
# The caller sets `root` to the checkout.
: "${root:?}"

# One row per piece the build needs: who needs it, how to see that it is there (cmd = a command,
# hdr = a header, py = a Python module), and its package for apt, dnf, pacman, apk, zypper, brew.
# `-` means that the system, or another row, brings it.
pieces='
run   cmd:c++                    g++                 gcc-c++             gcc             g++           gcc-c++                -
run   cmd:meson                  meson               meson               meson           meson         meson                  meson
run   cmd:ninja                  ninja-build         ninja-build         ninja           samurai       ninja                  ninja
run   cmd:pkg-config             pkg-config          pkgconf-pkg-config  pkgconf         pkgconf       pkgconf-pkg-config     pkgconf
run   hdr:fmt/format.h           libfmt-dev          fmt-devel           fmt             fmt-dev       fmt-devel              fmt
run   hdr:CLI/CLI.hpp            libcli11-dev        cli11-devel         cli11           cli11-dev     cli11-devel            cli11
run   hdr:nlohmann/json.hpp      nlohmann-json3-dev  json-devel          nlohmann-json   nlohmann-json nlohmann_json-devel    nlohmann-json
run   hdr:boost/version.hpp      libboost-dev        boost-devel         boost           boost-dev     libboost_headers-devel boost
run   hdr:zlib.h                 zlib1g-dev          zlib-devel          zlib            zlib-dev      zlib-devel             -
run   hdr:snappy.h               libsnappy-dev       snappy-devel        snappy          snappy-dev    snappy-devel           snappy
run   hdr:lz4frame.h             liblz4-dev          lz4-devel           lz4             lz4-dev       liblz4-devel           lz4
run   hdr:zstd.h                 libzstd-dev         libzstd-devel       zstd            zstd-dev      libzstd-devel          zstd
run   hdr:mimalloc.h             libmimalloc-dev     -                   -               -             -                      -
test  hdr:doctest/doctest.h      doctest-dev         doctest-devel       doctest         doctest-dev   doctest-devel          doctest
test  py:jsonschema              python3-jsonschema  python3-jsonschema  python-jsonschema py3-jsonschema python3-jsonschema  -
test  hdr:lmdb.h                 liblmdb-dev         lmdb-devel          lmdb            lmdb-dev      lmdb-devel             lmdb
test  py:kafka                   python3-kafka       -                   python-kafka-python -           python3-kafka-python   -
test  py:snappy                  python3-snappy      python3-snappy      python-python-snappy - python3-python-snappy  -
test  py:lz4.frame               python3-lz4         python3-lz4         python-lz4      py3-lz4       python3-lz4            -
test  py:zstandard               python3-zstandard   python3-zstandard   python-zstandard py3-zstandard python3-zstandard     -
clang cmd:clang++                clang               clang               clang           clang         clang                  -
bench hdr:benchmark/benchmark.h  libbenchmark-dev    google-benchmark-devel benchmark    benchmark-dev benchmark-devel        google-benchmark
'

meson_floor=1.0.1

say() {
  printf 'odradek: %s\n' "$*" >&2
}

die() {
  say "$@"
  exit 1
}

# is_there cmd:meson | hdr:fmt/format.h | py:jsonschema
is_there() {
  case $1 in
    cmd:c++) command -v "${CXX:-c++}" >/dev/null 2>&1 || [ -n "${CXX:-}" ] ;;
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    hdr:*)
      # Unquoted on purpose: CXX may be "ccache g++".
      # shellcheck disable=SC2086
      printf '#include <%s>\n' "${1#hdr:}" | ${CXX:-c++} -std=c++20 -E -x c++ - >/dev/null 2>&1
      ;;
    py:*)
      # Meson runs under the system's Python, which need not be the first on PATH.
      /usr/bin/python3 -c "import ${1#py:}" >/dev/null 2>&1 ||
        python3 -c "import ${1#py:}" >/dev/null 2>&1
      ;;
  esac
}

# logged LOG COMMAND...: on a terminal the command shows its progress; elsewhere it is silent, and
# what it said is shown if it fails.
logged() {
  log=$1
  shift
  if [ -t 2 ]; then
    "$@" >&2
  elif ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  rm -f "$log"
}

package_manager() {
  for manager in apt-get dnf pacman apk zypper brew; do
    if command -v "$manager" >/dev/null 2>&1; then
      echo "$manager"
      return
    fi
  done
}

# missing_packages MANAGER WHO...: the packages of the pieces that are not there, in that manager's
# names (apt's if it is unknown).
missing_packages() {
  manager=$1
  shift
  for who in "$@"; do
    echo "$pieces" | while read -r whose piece apt dnf pacman apk zypper brew; do
      [ "$whose" = "$who" ] || continue
      is_there "$piece" && continue
      case $manager in
        dnf) name=$dnf ;;
        pacman) name=$pacman ;;
        apk) name=$apk ;;
        zypper) name=$zypper ;;
        brew) name=$brew ;;
        *) name=$apt ;;
      esac
      [ "$name" = - ] || printf ' %s' "$name"
    done
  done
}

# Runs a command as root: directly, or through sudo where we are not root.
as_root() {
  if [ "$(id -u)" != 0 ]; then
    set -- sudo "$@"
  fi
  logged "$root/build/install.log" "$@"
}

# install_packages MANAGER PACKAGE...
install_packages() {
  manager=$1
  shift
  if [ "$(id -u)" != 0 ] && [ "$manager" != brew ] && ! command -v sudo >/dev/null 2>&1; then
    die "not root, and there is no sudo; please install with $manager: $*"
  fi
  say "installing with $manager: $*"
  case $manager in
    apt-get)
      # A foreign source that does not answer is no reason to stop; a package not found is.
      as_root apt-get -q update || say 'some package lists could not be refreshed, going on'
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 "$@"
      ;;
    dnf) as_root dnf -y --quiet install "$@" ;;
    pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
    apk) as_root apk add --quiet "$@" ;;
    zypper) as_root zypper --non-interactive --quiet install "$@" ;;
    brew) logged "$root/build/install.log" brew install "$@" ;;
  esac
}

# need WHO...: installs what these rows of the table lack. ODRADEK_INSTALL=no never installs: then
# meson looks for what there is, and takes the rest from subprojects/*.wrap.
need() {
  [ "${ODRADEK_INSTALL:-yes}" = no ] && return
  manager=$(package_manager)
  packages=$(missing_packages "$manager" "$@")
  if [ -n "$packages" ]; then
    if [ -z "$manager" ]; then
      die "no package manager known here; please install (Debian's names):$packages"
    fi
    # Unquoted on purpose: a list of names.
    # shellcheck disable=SC2086
    install_packages "$manager" $packages ||
      die "$manager could not install all of:$packages"
  fi
  have=$(meson --version)
  oldest=$(printf '%s\n%s\n' "$meson_floor" "$have" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)
  [ "$oldest" = "$meson_floor" ] ||
    die "meson $have is too old, $meson_floor is needed; try: pipx install meson"
}

# configure DIR MESON-OPTION...: sets a build directory up, or changes its options.
configure() {
  dir=$1
  shift
  if [ -f "$dir/build.ninja" ]; then
    set -- --reconfigure "$@"
  fi
  # Configuring is a page of findings that interests only when it fails.
  meson setup "$@" "$dir" "$root" >"$dir.log" 2>&1 || {
    cat "$dir.log" >&2
    say "cannot configure $dir"
    return 1
  }
  rm -f "$dir.log"
}

# One build at a time per checkout, where the system has flock.
take_lock() {
  mkdir -p "$root/build"
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$root/build/.lock"
    flock 9
  fi
}
