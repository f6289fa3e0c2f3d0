#!/usr/bin/env bash
# Compiles the two modules, runs their tests under the JaCoCo agent and writes
# reports/core.jacoco.xml, reports/app.jacoco.xml (one module each) and
# reports/shop.jacoco.xml (both, one group a module), and the last of them as
# reports/shop.classes.csv.
#
# For Debian 12. Missing packages are installed with apt-get, which needs root.
# Nothing is built inside this folder. TMPDIR chooses where.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

missing=()
for package in default-jdk-headless junit4 libjacoco-java unzip; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update
  apt-get install -y --no-install-recommends "${missing[@]}"
fi

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

jars=/usr/share/java
junit=$jars/junit4.jar:$jars/hamcrest-core.jar
jacoco=$jars/org.jacoco.core.jar:$jars/org.jacoco.report.jar:$jars/asm.jar:$jars/asm-commons.jar:$jars/asm-tree.jar:$jars/asm-analysis.jar

# The agent that the JVM loads is packed inside Debian's jar.
unzip -q "$jars/org.jacoco.agent.jar" jacocoagent.jar -d "$build"

# compile FROM INTO CLASSPATH. JaCoCo 0.8.6 cannot read class files of Java 17.
compile() {
  find "$1" -name '*.java' -print0 | sort -z |
    xargs -0 javac -g -encoding UTF-8 --release 11 -d "$2" -cp "$3"
}

# measure MODULE CLASSPATH: what the module needs besides JUnit and itself.
measure() {
  local module=$1 needs=$2 out=$build/$1 tests
  compile "$module/src/main/java" "$out/main" "$needs"
  compile "$module/src/test/java" "$out/test" "$out/main:$needs:$junit"
  tests=$(cd "$module/src/test/java" && find . -name '*Test.java' | sort | sed 's|^\./||; s|\.java$||; s|/|.|g')
  # shellcheck disable=SC2086 # one word a test class
  java -javaagent:"$build/jacocoagent.jar=destfile=$out.exec,includes=com.example.shop.*,sessionid=shop-$module" \
    -cp "$out/main:$out/test:$needs:$junit" org.junit.runner.JUnitCore $tests
}

# report OUT NAME RUNS MODULE=CLASSES...
report() {
  java -cp "$jacoco" tool/Report.java "$@"
}

measure core "$build/none"
measure app "$build/core/main"

mkdir -p reports
report reports/core.jacoco.xml core "$build/core.exec" "core=$build/core/main"
report reports/app.jacoco.xml app "$build/app.exec" "app=$build/app/main"
report reports/shop.jacoco.xml shop "$build/core.exec,$build/app.exec" "core=$build/core/main" "app=$build/app/main"
report reports/shop.classes.csv shop "$build/core.exec,$build/app.exec" "core=$build/core/main" "app=$build/app/main"
ls -l reports
