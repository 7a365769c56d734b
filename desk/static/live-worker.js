// One stream of server events for all tabs of this desk: browsers allow only six connections to a host.
"use strict";
const ports = new Set();
let source = null;
let last = { kind: "waiting" };

function tell(message) {
  last = message;
  for (const port of ports) port.postMessage(message);
}

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/live");
  for (const kind of ["version", "clock", "trouble"]) {
    source.addEventListener(kind, (event) => tell({ kind, ...JSON.parse(event.data) }));
  }
  source.addEventListener("signed-out", () => { source.close(); tell({ kind: "signed-out" }); });
  source.onerror = () => tell({ kind: "lost" });
}

setInterval(() => { if (ports.size) open(); }, 3000);

onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message) => { if (message.data === "bye") ports.delete(port); };
  port.postMessage(last);
  open();
};
