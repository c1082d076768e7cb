import type { Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { systemMessage } from '../../../shared';
import { oneLine } from '../../probes/finding';
import { describe, expiryOf } from '../describe';
import { givenAnchors } from '../judge/anchors';
import { judgeChain } from '../judge/chain';
import { bestPath } from '../judge/path';
import { defaultThresholds } from '../judge/thresholds';
import type { CertificateFinding, CertificateInfo, Expiry } from '../report';
import { readBundle } from './bundle';

/** What a file with certificates holds. */
export interface CertificateFile {
	path: string;
	/** Where it really is, when the path is a link, as in the `live` folder of certbot. */
	target: string | null;
	certificates: CertificateInfo[];
	/** Of the certificate of the server and those sent with it. */
	expiry: Expiry | null;
	/** What of it is about to end, or weak. Whether it is trusted is not judged: a file says nothing of clients. */
	findings: CertificateFinding[];
	/** A private key stands in it too. */
	hasKey: boolean;
	/** What cannot be read, as sentences. */
	problems: string[];
}

/** Names of files that hold certificates of servers: those of certbot, Caddy, and the usual ones. */
const certificateFile = /\.(pem|crt|cer|der|cert)$/i;
/** In certbot's folders the same certificates stand in several files. */
const partOfCertbot = /^(cert|chain|privkey)\d*\.pem$/;
const backupCopy = /(~|\.(bak|old|orig|save|swp|tmp|dpkg-\w+|rpmnew|rpmsave))$/i;

const mostFiles = 5000;
const mostDepth = 6;
/** A bundle of all CAs of a system is a fifth of this. */
const mostBytes = 1024 * 1024;

/**
 * Reads a file with certificates, or all of a folder: `live` of certbot, the storage of Caddy, or any other.
 *
 * @param now milliseconds since 1970
 * @returns one for each file, by path; what cannot be read is told there
 */
export async function readCertificateFiles(path: string, now = Date.now()): Promise<CertificateFile[]> {
	const files: string[] = [];
	const troubles: CertificateFile[] = [];
	try {
		if ((await stat(path)).isDirectory()) await collect(path, files, troubles, mostDepth);
		else files.push(path);
	} catch (thrown) {
		return [unreadable(path, thrown)];
	}
	const read: CertificateFile[] = [];
	for (const file of files.sort()) read.push(await readOne(file, now));
	return [...read, ...troubles];
}

async function collect(
	folder: string,
	files: string[],
	troubles: CertificateFile[],
	depth: number,
): Promise<void> {
	let entries: Dirent[];
	try {
		entries = await readdir(folder, { withFileTypes: true });
	} catch (thrown) {
		troubles.push(unreadable(folder, thrown));
		return;
	}
	const isCertbot = entries.some(({ name }) => name === 'fullchain.pem');
	for (const entry of entries) {
		const path = join(folder, entry.name);
		if (files.length >= mostFiles) return;
		if (entry.isDirectory()) {
			// certbot keeps all former ones beside.
			if (depth > 0 && entry.name !== 'archive') await collect(path, files, troubles, depth - 1);
		} else if (isWanted(entry.name) && !(isCertbot && partOfCertbot.test(entry.name))) files.push(path);
	}
}

const isWanted = (name: string): boolean =>
	certificateFile.test(name) && !backupCopy.test(name) && !/(^|[.-])(key|privkey)\./i.test(name);

async function readOne(path: string, now: number): Promise<CertificateFile> {
	try {
		const real = await realpath(path);
		const { certificates, hasKey, problems } = readBundle(await readStart(real));
		const [leaf] = certificates;
		// All that stand there lead somewhere; what the last one is trusted for is not the matter of a file.
		const anchors = givenAnchors([]);
		const chain = bestPath(certificates, anchors, now);
		const judged = judgeChain({
			...{ served: certificates, path: chain, anchors, now, thresholds: defaultThresholds, host: null },
		});
		return {
			path,
			target: basename(real) === basename(path) && real === path ? null : real,
			certificates: certificates.map((certificate) => describe(certificate, now)),
			expiry: leaf === undefined ? null : expiryOf(chain, now),
			findings: judged.filter(({ code }) => !ofTrust.has(code)),
			hasKey,
			problems: problems.map((problem) => oneLine(problem, 300)),
		};
	} catch (thrown) {
		return unreadable(path, thrown);
	}
}

const ofTrust = new Set<string>([
	'self_signed',
	'unknown_ca',
	'incomplete_chain',
	'invalid_chain',
	'extra_certificate',
]);

async function readStart(path: string): Promise<Buffer> {
	const file = await open(path);
	try {
		const { size } = await file.stat();
		if (size > mostBytes) throw new Error(`it has ${size} bytes, more than certificates do`);
		return await file.readFile();
	} finally {
		await file.close();
	}
}

function unreadable(path: string, thrown: unknown): CertificateFile {
	const problems = [`It cannot be read: ${systemMessage(thrown)}.`];
	return { path, target: null, certificates: [], expiry: null, findings: [], hasKey: false, problems };
}
