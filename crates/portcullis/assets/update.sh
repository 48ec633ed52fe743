#!/bin/sh
# Fetches the pages' scripts and styles from npm, makes the one change that README.md explains, and compresses them.
# Needs npm, gzip and sha256sum. After a change of version, adapt the table in src/docs_ui/assets.rs; its tests say what.
set -eu
SWAGGER_UI=5.35.0
REDOC=2.5.4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "swagger-ui-dist@$SWAGGER_UI" "redoc@$REDOC" >/dev/null
mkdir swagger redoc
tar -xzf "swagger-ui-dist-$SWAGGER_UI.tgz" -C swagger --strip-components=1
tar -xzf "redoc-$REDOC.tgz" -C redoc --strip-components=1
sha256sum swagger/swagger-ui-bundle.js swagger/swagger-ui.css swagger/oauth2-redirect.js swagger/favicon-32x32.png \
    redoc/bundles/redoc.standalone.js
logo='https://cdn.redoc.ly/redoc/logo-mini.svg'
test "$(grep -o "$logo" redoc/bundles/redoc.standalone.js | wc -l)" = 1
sed -i "s#$logo#data:,#" redoc/bundles/redoc.standalone.js
gzip -9nc swagger/swagger-ui-bundle.js >"$here/swagger-ui-bundle.js.gz"
gzip -9nc swagger/swagger-ui.css >"$here/swagger-ui.css.gz"
gzip -9nc redoc/bundles/redoc.standalone.js >"$here/redoc.standalone.js.gz"
cp swagger/oauth2-redirect.js swagger/favicon-32x32.png "$here/"
cp swagger/LICENSE "$here/licences/swagger-ui.LICENSE"
cp swagger/NOTICE "$here/licences/swagger-ui.NOTICE"
cp swagger/swagger-ui-bundle.js.LICENSE.txt "$here/licences/swagger-ui-bundle.js.LICENSE.txt"
cp redoc/LICENSE "$here/licences/redoc.LICENSE"
cp redoc/bundles/redoc.standalone.js.LICENSE.txt "$here/licences/redoc.standalone.js.LICENSE.txt"
chmod 644 "$here"/*.js "$here"/*.gz "$here"/*.png "$here"/licences/*
for file in "$here"/*.gz; do
    printf '%s  %s, decompressed\n' "$(gzip -dc "$file" | sha256sum | cut -d' ' -f1)" "$(basename "$file")"
done
