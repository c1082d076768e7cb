import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';

/** Values of one record, as they are written in a zone file; texts of TXT bare. */
export type Records = Partial<Record<'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'SRV' | 'TXT', string[]>>;

/** What is said of a name: its records, a code of failure, or nothing at all. */
export type Saying = Records | 'SERVFAIL' | 'REFUSED' | 'silence' | 'garbage';

export interface Question {
	name: string;
	type: string;
	/** How often it has been asked before. */
	before: number;
}

const types: Record<number, keyof Records> = {
	...{ 1: 'A', 2: 'NS', 5: 'CNAME', 15: 'MX', 16: 'TXT', 28: 'AAAA', 33: 'SRV', 257: 'CAA' },
};
const codes = { SERVFAIL: 2, REFUSED: 5 };
const nxdomain = 3;

/**
 * A name server on UDP (RFC 1035) that says of each name what the test wants; a name of which nothing is said does not
 * exist.
 */
export async function nameServer(
	say: (question: Question) => Saying | undefined,
	{ address = '127.0.0.1', port = 0, ttlSeconds = 300 } = {},
): Promise<{ port: number; asked: string[]; close: () => void }> {
	const asked: string[] = [];
	const socket: Socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
	socket.on('message', (message, { port: from, address: at }) => {
		const { name, type, end } = questionOf(message);
		const before = asked.filter((one) => one === `${name} ${type}`).length;
		asked.push(`${name} ${type}`);
		const saying = say({ name, type, before });
		if (saying === 'silence') return;
		if (saying === 'garbage') return socket.send(Buffer.from('not a message'), from, at);
		socket.send(answerTo(message.subarray(0, end), saying, type, ttlSeconds), from, at);
	});
	await new Promise<void>((resolve) => socket.bind(port, address, resolve));
	return { port: socket.address().port, asked, close: () => socket.close() };
}

function questionOf(message: Buffer): { name: string; type: string; end: number } {
	const labels: string[] = [];
	let at = 12;
	for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
		labels.push(message.toString('latin1', at + 1, at + 1 + length));
		at += 1 + length;
	}
	return {
		name: labels.join('.').toLowerCase(),
		type: types[message.readUInt16BE(at + 1)] ?? '',
		end: at + 5,
	};
}

function answerTo(
	question: Buffer,
	saying: Exclude<Saying, 'silence' | 'garbage'> | undefined,
	type: string,
	ttlSeconds: number,
): Buffer {
	const kind = Object.values(types).find((one) => one === type);
	const values = typeof saying === 'object' && kind !== undefined ? (saying[kind] ?? []) : [];
	const head = Buffer.from(question);
	const code = saying === undefined ? nxdomain : typeof saying === 'string' ? codes[saying] : 0;
	head.writeUInt16BE(0x8180 | code, 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt16BE(values.length, 6);
	head.writeUInt32BE(0, 8);
	return Buffer.concat([head, ...values.map((value) => record(question, type, value, ttlSeconds))]);
}

function record(question: Buffer, type: string, value: string, ttlSeconds: number): Buffer {
	const data = dataOf(type, value);
	const fixed = Buffer.alloc(12);
	fixed.writeUInt16BE(0xc00c, 0); // the name of the question
	question.copy(fixed, 2, question.length - 4); // its type and class
	fixed.writeUInt32BE(ttlSeconds, 6);
	fixed.writeUInt16BE(data.length, 10);
	return Buffer.concat([fixed, data]);
}

function dataOf(type: string, value: string): Buffer {
	const words = value.split(' ');
	if (type === 'A' || type === 'AAAA') return addressBytes(value);
	if (type === 'TXT') return text(value);
	if (type === 'MX') return Buffer.concat([numbers(words[0]), nameBytes(words[1])]);
	if (type === 'SRV') return Buffer.concat([numbers(...words.slice(0, 3)), nameBytes(words[3])]);
	if (type === 'CAA')
		return Buffer.concat([
			Buffer.from([Number(words[0])]),
			text(words[1] ?? ''),
			Buffer.from(words[2] ?? ''),
		]);
	return nameBytes(value);
}

function addressBytes(address: string): Buffer {
	if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
	const [before = '', after] = address.split('::');
	const groups = (part: string | undefined): number[] =>
		part ? part.split(':').map((group) => parseInt(group, 16)) : [];
	const [head, tail] = [groups(before), groups(after)];
	const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
	return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function numbers(...values: (string | undefined)[]): Buffer {
	return Buffer.from(values.map(Number).flatMap((value) => [value >> 8, value & 0xff]));
}

function text(value: string): Buffer {
	return Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
}

function nameBytes(name = ''): Buffer {
	return Buffer.concat([...name.split('.').map(text), Buffer.from([0])]);
}
