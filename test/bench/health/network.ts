import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { MeasuredProcess } from '../measured-process';

/** What the process is asked: one look at many pages, by the product or by curl. */
export interface Question {
	by: 'product' | 'curl';
	folder: string;
	pages: number;
	/** Of the pages, those that are on hosts that do not work. */
	dead: number;
	timeoutSeconds: number;
}

export interface Answer {
	seconds: number;
	/** Pages that answered, and that did not. */
	well: number;
	failing: number;
	alerts: number;
	/** The longest time in which the process did nothing else. */
	longestPauseMs: number;
	/** The most memory it has held, and what it held before, in bytes. */
	peakBytes: number;
	beforeBytes: number;
	/** Requests that reached the server, for each page that works. */
	requestsPerPage: number;
	/** The most connections that were open at once to hosts that work or stay silent. */
	mostOpen: number;
	problem?: string;
}

/** Nothing listens; takes connections and never answers; nobody answers; no route; takes no connections any more. */
const deadHosts = [
	'203.0.113.10:81',
	'203.0.113.11:80',
	'198.51.100.7:80',
	'192.0.2.1:80',
	'203.0.113.11:82',
];

let requests = 0;
let mostOpen = 0;
const open = new Set<object>();

function counted<Server extends { on(event: 'connection', listener: (socket: object) => void): unknown }>(
	server: Server,
): Server {
	server.on('connection', (socket) => {
		open.add(socket);
		mostOpen = Math.max(mostOpen, open.size);
		(socket as NodeJS.EventEmitter).on('close', () => open.delete(socket)).on('error', () => undefined);
	});
	return server;
}

/** The same for the same numbers; hosts that do not work stand among the others. */
function addresses({ pages, dead }: Question): string[] {
	return Array.from({ length: pages }, (_, index) => {
		const before = Math.floor((index * dead) / pages);
		const isDead = Math.floor(((index + 1) * dead) / pages) > before;
		const host = isDead ? deadHosts[before % deadHosts.length] : '203.0.113.10';
		return `http://${host}/page-${index}`;
	});
}

async function main(): Promise<void> {
	const pages = counted(
		createHttp((_request, response) => {
			requests += 1;
			response.end('<p>Add to cart</p>');
		}),
	);
	const silent = counted(createServer(() => undefined));
	const listening = (server: typeof silent, port: number, host: string, backlog?: number): Promise<void> =>
		new Promise((resolve) => void server.listen({ port, host, backlog }, resolve));
	await listening(pages, 80, '203.0.113.10', 1024);
	await listening(silent, 80, '203.0.113.11', 1024);
	await fullServer();
	process.on('message', (question: Question) => void answer(question));
	process.on('disconnect', () => process.exit());
	process.send?.('ready');
}

/** A server whose process hangs: the system takes the first connections for it, and no more. */
async function fullServer(): Promise<void> {
	const program =
		'import socket,time\ns=socket.socket()\ns.bind(("203.0.113.11",82))\ns.listen(0)\nfor _ in range(4):\n c=socket.socket()\n c.setblocking(False)\n c.connect_ex(("203.0.113.11",82))\n globals()["c%d"%_]=c\nprint("full",flush=True)\ntime.sleep(1e6)';
	const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
	process.on('exit', () => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
}

let product: MeasuredProcess | undefined;

async function answer(question: Question): Promise<void> {
	requests = mostOpen = 0;
	const measured = question.by === 'product' ? await byProduct(question) : await byCurl(question);
	const requestsPerPage = requests / (question.pages - question.dead);
	process.send?.({ ...measured, requestsPerPage, mostOpen });
}

async function byProduct({ folder, ...question }: Question): Promise<Partial<Answer>> {
	product ??= new MeasuredProcess(join(__dirname, 'worker.cjs'));
	const { timeoutSeconds } = question;
	const checks = addresses({ folder, ...question }).map((url, index) => ({
		...{ type: 'http', name: `page-${index}`, url, timeoutSeconds, alert: { failures: 1 } },
	}));
	const beforeBytes = product.residentBytes();
	product.forgetPeak();
	const told = (await product.ask({ folder, set: `pages-${question.pages}`, checks })) as Partial<Answer>;
	return { ...told, beforeBytes, peakBytes: product.peakBytes() };
}

/** Debian's curl, as many at the same time, with the same limit for each. */
async function byCurl(question: Question): Promise<Partial<Answer>> {
	const list = join(question.folder, 'curl.txt');
	writeFileSync(
		list,
		addresses(question)
			.map((url) => `url = "${url}"\noutput = "/dev/null"\n`)
			.join(''),
	);
	const limits = ['--max-time', String(question.timeoutSeconds), '--parallel', '--parallel-max', '50'];
	const startedAt = performance.now();
	const child = spawn('curl', ['-s', '--no-keepalive', ...limits, '-K', list], { stdio: 'ignore' });
	await once(child, 'exit');
	return { seconds: (performance.now() - startedAt) / 1000 };
}

void main();
