import { errorMessage } from '../../../shared';
import { readCertificate, type Certificate } from '../x509/certificate';

/** What a file holds. */
export interface Bundle {
	certificates: Certificate[];
	/** Whether a private key stands in it too; it is neither read nor shown. */
	hasKey: boolean;
	/** What in it cannot be read, as sentences. */
	problems: string[];
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']);

/** Reads PEM, with whatever stands between the blocks, or one certificate as DER. */
export function readBundle(bytes: Buffer): Bundle {
	if (bytes.length === 0) return { certificates: [], hasKey: false, problems: ['It is empty.'] };
	const bundle: Bundle = { certificates: [], hasKey: false, problems: [] };
	const text = bytes.toString('latin1');
	if (!text.includes('-----BEGIN ')) {
		attempt(bundle, bytes, 'It is neither PEM nor DER');
		return bundle;
	}
	let blocks = 0;
	for (const [, label = '', content = ''] of text.matchAll(block)) {
		blocks += 1;
		if (label.endsWith('PRIVATE KEY')) bundle.hasKey = true;
		if (!certificateLabels.has(label)) continue;
		const base64 = content.replace(/\s+/g, '');
		const which = `Certificate ${bundle.certificates.length + bundle.problems.length + 1}`;
		if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0)
			bundle.problems.push(`${which} in it is damaged: what should be base64 is not.`);
		else attempt(bundle, Buffer.from(base64, 'base64'), `${which} in it cannot be read`);
	}
	const begins = text.match(/-----BEGIN /g)?.length ?? 0;
	if (begins > blocks) bundle.problems.push('It is cut off: a block in it begins and does not end.');
	if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) bundle.hasKey = true;
	if (bundle.certificates.length === 0 && bundle.problems.length === 0)
		bundle.problems.push('It holds no certificate.');
	return bundle;
}

function attempt(bundle: Bundle, der: Buffer, otherwise: string): void {
	try {
		bundle.certificates.push(readCertificate(der));
	} catch (thrown) {
		bundle.problems.push(`${otherwise}. ${errorMessage(thrown)}`);
	}
}
