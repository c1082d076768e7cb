import { blankReport, checkOne } from './check-one';
import { readFault } from './connection/fault';
import { findWay, type Way } from './connection/open';
import { lookAtEach } from './each-address';
import { readOptions, type Asked, type CertificateOptions } from './options';
import { withinPart } from './part-of-time';
import { withRedirects } from './redirects';
import type { CertificateReport } from './report';
import { settled } from './settle';

/** See the door of this folder. */
export async function checkCertificate(options: CertificateOptions): Promise<CertificateReport> {
	const asked = readOptions(options);
	asked.signal?.throwIfAborted();
	const never = new AbortController();
	const report = await withinPart(asked.endsAt, 1, asked.signal ?? never.signal, (signal) =>
		look(asked, signal),
	);
	asked.signal?.throwIfAborted();
	return settled(report, asked);
}

async function look(asked: Asked, signal: AbortSignal): Promise<CertificateReport> {
	const begun = performance.now();
	let way: Way;
	try {
		way = await findWay(asked, signal);
	} catch (thrown) {
		const fault = readFault(thrown);
		if (fault === undefined) throw thrown;
		return { ...blankReport(asked), findings: [fault.finding()] };
	}
	if (asked.eachAddress && asked.proxy === undefined) {
		const { report, at } = await lookAtEach(asked, way, begun, signal);
		return await withRedirects(report, at, asked, signal, look);
	}
	const report = await checkOne(asked, way, begun, signal);
	return await withRedirects(report, report.address, asked, signal, look);
}
