#!/usr/bin/env bash
# A Debian package of the program, with its man pages and completions.
# usage: ci/deb.sh PROGRAM OUTPUT_FOLDER
set -euo pipefail
program=$(realpath "$1")
out=$(realpath "$2")
here=$(cd "$(dirname "$0")/.." && pwd)
version=$("$program" --version | cut -d' ' -f2)
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -Dm755 "$program" "$root/usr/bin/hardcase"
"$program" man "$root/usr/share/man/man1" >/dev/null
gzip -9n "$root"/usr/share/man/man1/*.1
completions="$root/usr/share"
mkdir -p "$completions/bash-completion/completions" "$completions/zsh/vendor-completions" "$completions/fish/vendor_completions.d"
"$program" completions bash >"$completions/bash-completion/completions/hardcase"
"$program" completions zsh >"$completions/zsh/vendor-completions/_hardcase"
"$program" completions fish >"$completions/fish/vendor_completions.d/hardcase.fish"
doc="$root/usr/share/doc/hardcase"
install -Dm644 "$here/LICENSE-MIT" "$doc/copyright"
cat "$here/LICENSE-APACHE" "$here/NOTICE" >>"$doc/copyright"
gzip -9nc "$here/CHANGELOG.md" >"$doc/changelog.gz"

# What the program is linked to says which packages it needs.
depends=""
linked=$(objdump -p "$program")
needs() { grep -q "NEEDED *$1" <<<"$linked"; }
glibc=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1)
if needs 'libc\.so'; then depends="libc6 (>= $glibc)"; fi
if needs 'libgcc_s'; then depends="$depends, libgcc-s1"; fi
if needs 'libstdc++'; then depends="$depends, libstdc++6"; fi

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: hardcase
Version: $version
Architecture: $arch
Maintainer: The Hardcase developers <hardcase@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: ${depends#, }
Recommends: ffmpeg
Section: science
Priority: optional
Description: find out where a machine-learned model fails on recorded drives
 Hardcase replays recorded drives, transforms the inputs of models, searches
 for where they fail, and turns each failure into a test that CI runs.
CONTROL
find "$root/usr" -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group --build "$root" "$out/hardcase_${version}_$arch.deb" >/dev/null
echo "$out/hardcase_${version}_$arch.deb"
