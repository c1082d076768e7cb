import { promises } from 'node:dns';

import { systemCode } from '../../../shared';
import { ended, NetworkFault, untilEnd } from './faults';

/** One question to name servers, by their protocol: neither hosts file nor search domains nor a cache take part. */
export interface Question {
	host: string;
	/** Kind of record, as it is called in messages. */
	record: string;
	/** Address of the server, if not those of the machine. */
	server?: string | undefined;
}

/**
 * @param ask puts the question to the resolver
 * @throws NetworkFault, named after what the servers say
 */
export async function askNameServer<Answer>(
	question: Question,
	signal: AbortSignal,
	ask: (resolver: promises.Resolver) => Promise<Answer>,
): Promise<Answer> {
	const resolver = new promises.Resolver();
	if (question.server !== undefined) setServer(resolver, question.server);
	const late = (): NetworkFault => ended(signal, 'dns_timeout', sentence('timeout', question));
	return await untilEnd<Answer>(signal, late, (resolve, reject) => {
		ask(resolver).then(resolve, (thrown: unknown) => reject(dnsFault(thrown, question)));
		return () => resolver.cancel();
	});
}

function setServer(resolver: promises.Resolver, server: string): void {
	try {
		resolver.setServers([server]);
	} catch {
		throw new NetworkFault(
			'config',
			`"${server}" is not the address of a name server. Give an IP address, with a port if need be.`,
			'unknown',
		);
	}
}

function dnsFault(thrown: unknown, question: Question): NetworkFault {
	const code = systemCode(thrown) ?? '';
	if (code === 'ENOTFOUND') return new NetworkFault('dns_not_found', sentence('notFound', question));
	if (code === 'ENODATA') return new NetworkFault('dns_no_record', sentence('noRecord', question));
	if (code === 'ETIMEOUT') return new NetworkFault('dns_timeout', sentence('timeout', question));
	return new NetworkFault('dns_failed', sentence('failed', question, failures[code] ?? code));
}

const failures: Record<string, string> = {
	ESERVFAIL: 'SERVFAIL: it could not find out, for example because the name servers of the domain are down',
	EREFUSED: 'REFUSED: it does not answer such questions',
	ECONNREFUSED: 'nothing listens there',
	EFORMERR: 'FORMERR: it does not understand the question',
	ENOTIMP: 'NOTIMP: it does not know such questions',
	EBADRESP: 'its answer cannot be read',
	EBADNAME: 'the name is not one that name servers can hold',
};

function sentence(
	kind: 'notFound' | 'noRecord' | 'timeout' | 'failed',
	{ host, record, server }: Question,
	cause = '',
): string {
	const who = server === undefined ? 'The name server of this machine' : `The name server ${server}`;
	if (kind === 'notFound') return `There is no name ${host} (NXDOMAIN).`;
	if (kind === 'noRecord') return `The name ${host} exists, but has no ${record} record.`;
	if (kind === 'timeout') return `${who} did not say in time what ${host} is (${record}).`;
	return `${who} could not say what ${host} is (${record}); ${cause}.`;
}
