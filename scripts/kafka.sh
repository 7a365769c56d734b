#!/bin/sh
# One Apache Kafka broker on loopback (KRaft, no ZooKeeper), for tests and for trying minyi on Kafka.
#   scripts/kafka.sh start|stop|status [PORT]
# PORT (or MINYI_BROKER_PORT, default 19092) and the next one are used. Jars, data and log live in MINYI_BROKER_DIR
# (default: .kafka below the project). Needs Java 17 or later and, for the first start, Maven.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
action=${1:-}
port=${2:-${MINYI_BROKER_PORT:-19092}}
dir=${MINYI_BROKER_DIR:-$root/.kafka}
wait_s=${MINYI_BROKER_WAIT_S:-90}
usage='usage: scripts/kafka.sh start|stop|status [PORT]'

say() { printf 'kafka: %s\n' "$*"; }
die() { printf 'kafka: %s\n' "$*" >&2; exit 1; }

case $action in start | stop | status) ;; *) printf '%s\n' "$usage" >&2; exit 2 ;; esac
case $port in '' | *[!0-9]*) printf 'kafka: not a port: %s\n%s\n' "$port" "$usage" >&2; exit 2 ;; esac
[ "$port" -ge 1024 ] && [ "$port" -le 65534 ] || { printf 'kafka: not a usable port: %s\n' "$port" >&2; exit 2; }

controller_port=$((port + 1))
mkdir -p "$dir"
dir=$(CDPATH= cd -- "$dir" && pwd)
lib=$dir/lib
home=$dir/$port
pid_file=$home/pid
log=$home/broker.log

running() { # our own broker, not a process that happens to have the number
    [ -f "$pid_file" ] || return 1
    pid=$(cat "$pid_file")
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
    [ ! -r "/proc/$pid/cmdline" ] || tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$home/server.properties"
}

answers() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()' "$1" 2>/dev/null; }

need_java() {
    command -v java >/dev/null 2>&1 || die 'no java; on Debian: apt-get install openjdk-17-jre-headless'
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge 17 ] || die "Java $version found, Kafka 4 needs 17; on Debian: apt-get install openjdk-17-jre-headless"
}

need_jars() {
    mark=$lib/.complete
    if [ -f "$mark" ] && cmp -s "$here/kafka/pom.xml" "$mark"; then return; fi
    command -v mvn >/dev/null 2>&1 || die 'no mvn, needed once to fetch the broker; on Debian: apt-get install maven'
    say 'fetching the broker with Maven (once, about 50 MB)'
    rm -rf "$lib"
    mvn --batch-mode --quiet --file "$here/kafka/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$lib" || die 'Maven could not fetch the broker (network? proxy?): see above'
    cp "$here/kafka/pom.xml" "$mark"
}

java_lib() { java -cp "$lib/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "$@"; }

configure() {
    mkdir -p "$home"
    cat >"$home/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$home/data
num.partitions=4
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
EOF
    [ -f "$home/data/meta.properties" ] && return
    id=$(java_lib kafka.tools.StorageTool random-uuid) || die 'cannot make a cluster id'
    java_lib kafka.tools.StorageTool format --standalone -t "$id" -c "$home/server.properties" >"$home/format.log" 2>&1 ||
        die "cannot format $home/data: see $home/format.log"
}

start() {
    if running; then
        say "already running on 127.0.0.1:$port (pid $pid)"
        return
    fi
    need_java
    answers "$port" && die "port $port is taken by another program; give another: scripts/kafka.sh start PORT"
    answers "$controller_port" && die "port $controller_port (the next one) is taken; give another: scripts/kafka.sh start PORT"
    need_jars
    configure
    nohup java -Xms256m -Xmx512m -XX:+UseSerialGC -cp "$lib/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -Dorg.slf4j.simpleLogger.showDateTime=true -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
        kafka.Kafka "$home/server.properties" >"$log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$pid_file"
    waited=0
    until answers "$port" && grep -q 'Kafka Server started' "$log"; do
        kill -0 "$pid" 2>/dev/null || { rm -f "$pid_file"; tail -n 15 "$log" >&2; die "the broker ended at once: $log"; }
        [ "$waited" -lt "$wait_s" ] || { stop >/dev/null; die "not ready after $wait_s s, stopped again: $log"; }
        sleep 1
        waited=$((waited + 1))
    done
    say "ready on 127.0.0.1:$port (pid $pid); MINYI_BUS=kafka://127.0.0.1:$port"
}

stop() {
    running || { rm -f "$pid_file"; say "not running on port $port"; return; }
    kill "$pid"
    waited=0
    while kill -0 "$pid" 2>/dev/null; do
        [ "$waited" -lt 30 ] || { kill -9 "$pid" 2>/dev/null || true; say 'did not end in 30 s, killed'; break; }
        sleep 1
        waited=$((waited + 1))
    done
    rm -f "$pid_file"
    say "stopped (port $port)"
}

case $action in
start) start ;;
stop) stop ;;
status)
    if running; then say "running on 127.0.0.1:$port (pid $pid)"; else say "not running on port $port"; exit 1; fi
    ;;
esac
