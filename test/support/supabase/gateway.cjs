'use strict';

// The API gateway in front of PostgREST, a process of its own as in a project. It knows one route, /rest/v1,
// asks for an `apikey` header and turns the opaque key kinds into the token of their role; bodies are streamed.
// Its configuration {postgrestSocket, tokens: {key: token}, portFile} comes as a JSON file.
const { createServer, request, Agent } = require('node:http');
const { readFileSync, renameSync, writeFileSync } = require('node:fs');

const { postgrestSocket, tokens, portFile } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const agent = new Agent({ keepAlive: true });
const PREFIX = '/rest/v1';
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

function refuse(response, status, body) {
	response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
	response.end(JSON.stringify(body));
}

const without = (names, headers) =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

/** The Authorization header PostgREST gets: a user's own token, else the token of the key. */
function authorization(key, given) {
	return given === undefined || given === `Bearer ${key}` ? `Bearer ${tokens[key]}` : given;
}

function handle(incoming, response) {
	const url = new URL(incoming.url, 'http://gateway');
	if (url.pathname !== PREFIX && !url.pathname.startsWith(`${PREFIX}/`)) {
		return refuse(response, 404, { message: 'no Route matched with those values' });
	}
	const key = incoming.headers.apikey ?? url.searchParams.get('apikey');
	if (!key) {
		const hint = 'No `apikey` request header or url param was found.';
		return refuse(response, 401, { message: 'No API key found in request', hint });
	}
	if (!Object.hasOwn(tokens, key)) {
		return refuse(response, 401, { message: 'Invalid API key', hint: 'Double check your Supabase API key.' });
	}
	url.searchParams.delete('apikey');
	const outgoing = request({
		agent,
		socketPath: postgrestSocket,
		method: incoming.method,
		path: `${url.pathname.slice(PREFIX.length) || '/'}${url.search}`,
		headers: {
			...without([...HOP_BY_HOP, 'apikey'], incoming.headers),
			authorization: authorization(key, incoming.headers.authorization),
		},
	});
	outgoing.on('response', (answer) => {
		response.writeHead(answer.statusCode, without(HOP_BY_HOP, answer.headers));
		answer.pipe(response);
	});
	outgoing.on('error', () => {
		if (response.headersSent) return response.destroy();
		refuse(response, 503, { message: 'name resolution failed' });
	});
	// A client that gives up must not leave its statement waiting for a reader.
	response.on('close', () => response.writableFinished || outgoing.destroy());
	incoming.pipe(outgoing);
}

const server = createServer(handle).listen(0, '127.0.0.1', () => {
	writeFileSync(`${portFile}.new`, String(server.address().port));
	renameSync(`${portFile}.new`, portFile);
});
