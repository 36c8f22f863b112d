// The npm package "coap" as another one's client and server of CoAP.
//
// coap_node.js client: each line of stdin is a request {id, port, method, path, format,
// body (hex), block}; each line of stdout its answer {id, code, format, body} or {id, error}.
// coap_node.js server PORT: each line of stdin says what a path holds {path, format, body (hex)},
// which observers are told; each line of stdout is a request {path, observe}, or {ready}.
"use strict";
const readline = require("readline");
const coap = require(require.resolve("coap", { paths: [process.env.COAP_MODULES] }));

const said = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const lines = (take) => readline.createInterface({ input: process.stdin })
	.on("line", (line) => take(JSON.parse(line))).on("close", () => process.exit(0));

function client() {
	coap.updateTiming({ ackTimeout: 0.3, ackRandomFactor: 1, maxRetransmit: 8 });
	lines((q) => {
		const req = coap.request({ hostname: "127.0.0.1", port: q.port, method: q.method,
			pathname: q.path, confirmable: true });
		if (q.format !== undefined)
			req.setOption("Content-Format", Buffer.from(q.format < 256 ? [q.format] :
				[q.format >> 8, q.format & 255]));
		if (q.block)		// 16 << n bytes in each
			req.setOption("Block1", Buffer.from([Math.log2(q.block) - 4]));
		req.on("response", (res) => said({ id: q.id, code: res.code,
			body: res.payload.toString("latin1") }));
		req.on("error", (e) => said({ id: q.id, error: String(e) }));
		req.on("timeout", (e) => said({ id: q.id, error: String(e) }));
		req.end(Buffer.from(q.body, "hex"));
	});
}

function server(port) {
	const held = new Map(), observers = new Map();
	const format = (n) => Buffer.from(n === 0 ? [] : n < 256 ? [n] : [n >> 8, n & 255]);
	const one = coap.createServer((req, res) => {
		const path = req.url.split("?")[0], is = held.get(path);

		said({ path, observe: req.headers.Observe === 0 });
		if (is === undefined) {
			res.code = "4.04";
			return res.end();
		}
		res.setOption("Content-Format", format(is.format));
		if (req.headers.Observe !== 0)
			return res.end(is.body);
		observers.set(path, (observers.get(path) || new Set()).add(res));
		res.on("finish", () => observers.get(path).delete(res));
		res.write(is.body);
	});
	one.listen(port, "127.0.0.1", () => said({ ready: true }));
	lines((q) => {
		held.set(q.path, { format: q.format, body: Buffer.from(q.body, "hex") });
		for (const res of observers.get(q.path) || [])
			res.write(held.get(q.path).body);
	});
}

if (process.argv[2] === "client")
	client();
else
	server(Number(process.argv[3]));
