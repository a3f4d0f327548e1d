# What ./run, ./test and .ci/run share; sourced by them, with `root` set to the
# top of the tree. Nothing here changes the current directory: the arguments of
# ./run may name files relative to it.

run_packages=(
  g++ cmake ninja-build pkg-config ccache mold
  libboost1.81-dev libboost-system1.81-dev libboost-json1.81-dev
  libprotobuf-dev protobuf-compiler libabsl-dev libspdlog-dev
  libsqlite3-dev libsodium-dev libssl-dev libutf8proc-dev libedit-dev
  libicu-dev liburing-dev zlib1g-dev
)
test_packages=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  netcat-openbsd python3
)
ci_packages=(
  git iproute2 devscripts libseccomp2 systemd clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19
)

# Build directories share objects: what ./run compiled, ./test takes over.
export CCACHE_BASEDIR=${CCACHE_BASEDIR-$root}
export CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}
export CCACHE_IGNOREOPTIONS=${CCACHE_IGNOREOPTIONS--Werror}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

have_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null ||
    die "installing packages needs root and there is no sudo; as root, run: $*"
  sudo "$@"
}

# install_missing PACKAGE...: with apt, and only what is not there.
install_missing() {
  have_apt || return 0  # `configure` names the packages if something is missing
  local installed missing=() package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status} \n' "$@" \
    2>/dev/null || true)
  for package in "$@"; do
    case $'\n'$installed in
      *$'\n'"$package installed "*) ;;
      *) missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  as_root apt-get update -qq || die "apt-get update failed; is there a network?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt could not install all of: ${missing[*]} (chat77 is built on Debian 12)"
}

# configure PRESET PACKAGES... [-- CMAKE ARGUMENTS...]: once per build directory;
# afterwards ninja itself notices a changed CMakeLists.txt.
configure() {
  local preset=$1 packages=() log=$root/build/$1.configure.log
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do packages+=("$1"); shift; done
  [ "${1-}" = -- ] && shift
  [ -f "$root/build/$preset/build.ninja" ] && [ $# = 0 ] && return
  say "configuring build/$preset"
  mkdir -p "$root/build"
  (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1 && return
  if have_apt; then
    cat "$log" >&2
    die "configuring failed; the reason is above"
  fi
  die "there is no apt here, so please install what Debian 12 calls" \
    "${packages[*]} and start again (the details are in $log)."
}

# together COMMAND...: runs the commands side by side, each a line for the shell,
# and shows what each printed; fails if one of them does.
together() {
  local folder pids=() number failed=0
  folder=$(mktemp -d)
  for ((number = 1; number <= $#; ++number)); do
    bash -c "${!number}" >"$folder/$number" 2>&1 &
    pids+=($!)
  done
  for ((number = 1; number <= $#; ++number)); do
    wait "${pids[number - 1]}" || failed=1
    cat "$folder/$number"
  done
  rm -r "$folder"
  return $failed
}

# run_tests PRESET [CTEST ARGUMENTS...]: most tests wait for something most of
# the time, so more of them run side by side than there are cores.
run_tests() {
  local preset=$1
  shift
  ctest --test-dir "$root/build/$preset" --no-tests=error --output-on-failure \
    -j$((4 * $(nproc))) "$@"
}

# build PRESET [TARGET...]: quiet when there is nothing to do.
build() {
  local preset=$1 dir=$root/build/$1
  shift
  case $(ninja -C "$dir" -n "$@" 2>&1) in
    *'no work to do'*) return ;;
  esac
  say "building build/$preset with $(nproc) cores"
  ninja -C "$dir" "$@" >&2 || die "building failed; the reason is above"
}
