// Asks a web server a hundred times a second. Each request looks the name up anew, takes the first address it gets, on a
// connection of its own, and is not tried again.
'use strict';
const { lookup } = require('node:dns');
const { get } = require('node:http');
const { performance } = require('node:perf_hooks');

const [, , host, wanted] = process.argv;
const failures = [];
const answers = {};
let slowestMs = 0;
let ended = 0;

function ask() {
	const startedAt = performance.now();
	const end = (failure, answer) => {
		slowestMs = Math.max(slowestMs, performance.now() - startedAt);
		if (failure) failures.push(String(failure));
		else answers[answer] = (answers[answer] ?? 0) + 1;
		ended += 1;
		if (ended === Number(wanted)) tell();
	};
	lookup(host, 4, (failure, address) => {
		if (failure) return end(failure);
		const request = get({ host: address, port: 8080, agent: false, timeout: 15_000 }, (response) => {
			let text = '';
			response.setEncoding('utf8');
			response.on('data', (piece) => (text += piece));
			response.on('error', (thrown) => end(thrown));
			response.on('end', () =>
				response.statusCode === 200 ? end(undefined, text.trim()) : end(response.statusCode),
			);
		});
		request.on('timeout', () => request.destroy(new Error('no answer')));
		request.on('error', (thrown) => end(thrown));
	});
}

function tell() {
	console.log(
		JSON.stringify({
			asked: ended,
			failed: failures.length,
			failures: failures.slice(0, 5),
			answers,
			slowestMs,
		}),
	);
	process.exit();
}

let asked = 0;
const startedAt = performance.now();
const clock = setInterval(() => {
	// By the clock, so that a machine that is busy makes up for it.
	const due = Math.min(Number(wanted), Math.floor((performance.now() - startedAt) / 10));
	for (; asked < due; asked += 1) ask();
	if (asked === Number(wanted)) clearInterval(clock);
}, 5);
