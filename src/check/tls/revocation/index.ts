import { errorMessage, maskSecrets } from '../../../shared';
import { oneLine } from '../../probes/finding';
import { finding } from '../judge/finding';
import type { Path } from '../judge/path';
import { quoted } from '../judge/wording';
import type { CertificateFinding, Revocation } from '../report';
import type { Certificate } from '../x509/certificate';
import { inTurn } from '../in-turn';
import { fetchBytes, type FetchContext } from './fetch';
import { askCrlAt } from './lists';
import { askOcsp, ocspRequest } from './ocsp';
import type { Said } from './said';

export interface RevocationQuestion {
	path: Path;
	/** What the server has sent with its handshake. */
	staple: Buffer | undefined;
	/** How CAs are asked; undefined: they are not. */
	fetching: FetchContext | undefined;
	/** What cannot be found out is a warning. */
	isRequired: boolean;
	now: number;
}

/** Whether the certificates of a path are revoked, as far as it can be found out. */
export async function judgeRevocation(
	question: RevocationQuestion,
): Promise<{ revocation: Revocation; findings: CertificateFinding[] }> {
	const { path, isRequired } = question;
	const pairs = path.certificates.flatMap((certificate, index) => {
		const issuer = path.certificates[index + 1];
		return issuer === undefined ? [] : [{ certificate, issuer, isLeaf: index === 0 }];
	});
	const [leaf] = path.certificates;
	const findings = leaf === undefined ? [] : judgeStaple(leaf, pairs[0]?.issuer, question);
	const asked = pairs.filter(({ certificate, isLeaf }) =>
		publishes(certificate, isLeaf ? question.staple : undefined),
	);
	const isLeafPublished = leaf !== undefined && publishes(leaf, question.staple);
	if (asked.length === 0 && !isLeafPublished) return { revocation: 'notPublished', findings };
	const said = await inTurn([...asked.entries()], atTheSameTime, async ([index, pair]) => ({
		...pair,
		said: index < mostAsked ? await ask(pair, question) : tooLong,
	}));
	const revoked = said.find((one) => one.said.state === 'revoked');
	if (revoked !== undefined) {
		const which = revoked.isLeaf ? 'The certificate' : `The CA certificate ${quoted(revoked.certificate)}`;
		findings.push(finding('revoked', 'critical', `${which} is revoked: ${revoked.said.why}.`));
		return { revocation: 'revoked', findings };
	}
	const unknown = said.find((one) => one.said.state === 'unknown');
	if (said.length > 0 && unknown === undefined)
		return { revocation: isLeafPublished ? 'good' : 'notPublished', findings };
	const why = unknown?.said.why ?? 'its issuer is not known';
	const message = `Whether the certificates are revoked is not known: ${why}.`;
	findings.push(finding('revocation_unknown', isRequired ? 'warning' : 'info', message));
	return { revocation: 'unknown', findings };
}

/** Of the certificates of a path, so many at the same time. */
const atTheSameTime = 3;
/** No path of a CA is that long; each certificate may cost several downloads. */
const mostAsked = 10;
const tooLong: Said = {
	state: 'unknown',
	why: `the path has more than ${mostAsked} certificates to ask about`,
};

const publishes = ({ crlUrls, ocspUrls }: Certificate, staple: Buffer | undefined): boolean =>
	crlUrls.length > 0 || ocspUrls.length > 0 || staple !== undefined;

/** A certificate may demand that the server proves with each handshake that it is not revoked. */
function judgeStaple(
	leaf: Certificate,
	issuer: Certificate | undefined,
	{ staple, now }: RevocationQuestion,
): CertificateFinding[] {
	if (!leaf.mustStaple) return [];
	const missing = (why: string): CertificateFinding[] => [
		finding(
			'staple_missing',
			'critical',
			`The certificate demands proof that it is not revoked with each handshake (must-staple), and ${why}; browsers that keep to it refuse the connection.`,
		),
	];
	if (staple === undefined) return missing('the server sends none');
	if (issuer === undefined) return [];
	const { state, why } = readStaple(staple, leaf, issuer, now);
	return state === 'unknown' ? missing(why) : [];
}

function readStaple(staple: Buffer, leaf: Certificate, issuer: Certificate, now: number): Said {
	const who = 'the answer of the CA that the server sends along';
	return attempt(() => askOcsp(staple, leaf, issuer, { now, who }), `${who} cannot be read`);
}

interface Pair {
	certificate: Certificate;
	issuer: Certificate;
	isLeaf: boolean;
}

/** What the server sends along costs nothing; then lists, which say nothing of who asks; then the responder. */
async function ask(pair: Pair, { path, staple, fetching, now }: RevocationQuestion): Promise<Said> {
	const { certificate, issuer, isLeaf } = pair;
	const answers: Said[] = [];
	if (isLeaf && staple !== undefined) answers.push(readStaple(staple, certificate, issuer, now));
	const isSettled = (): boolean => answers.some(({ state }) => state === 'revoked');
	// Anybody can make a chain that names any address; only a trusted CA has said that these are its own.
	if (fetching !== undefined && !path.isTrusted)
		answers.push({ state: 'unknown', why: 'nobody is asked for the sake of a chain that is not trusted' });
	else if (fetching !== undefined) {
		for (const url of certificate.crlUrls.slice(0, mostAddresses))
			if (!isSettled()) answers.push(await listAt(url, pair, now, fetching));
		const isAnswered = answers.some(({ state }) => state !== 'unknown');
		for (const url of isAnswered ? [] : certificate.ocspUrls.slice(0, 1))
			answers.push(await askOcspAt(url, pair, now, fetching));
	}
	const said =
		answers.find(({ state }) => state === 'revoked') ??
		answers.find(({ state }) => state === 'good') ??
		answers[0];
	return said ?? { state: 'unknown', why: 'the CA was not asked' };
}

const mostAddresses = 3;
const mostOcspBytes = 256 * 1024;

async function listAt(url: string, pair: Pair, now: number, fetching: FetchContext): Promise<Said> {
	try {
		return await askCrlAt(url, pair, now, fetching);
	} catch (thrown) {
		return unavailable('the list of revoked certificates could not be had', thrown);
	}
}

async function askOcspAt(
	url: string,
	{ certificate, issuer }: Pair,
	now: number,
	fetching: FetchContext,
): Promise<Said> {
	const who = 'the responder of the CA';
	try {
		const question = encodeURIComponent(ocspRequest(certificate, issuer).toString('base64'));
		const response = await fetchBytes(`${url.replace(/\/$/, '')}/${question}`, mostOcspBytes, fetching);
		return askOcsp(response, certificate, issuer, { now, who });
	} catch (thrown) {
		return unavailable(`${who} could not be asked`, thrown);
	}
}

function unavailable(what: string, thrown: unknown): Said {
	const cause = oneLine(maskSecrets(errorMessage(thrown)), 200).replace(/\.$/, '');
	return { state: 'unknown', why: `${what} (${cause})` };
}

function attempt(read: () => Said, otherwise: string): Said {
	try {
		return read();
	} catch {
		return { state: 'unknown', why: otherwise };
	}
}
