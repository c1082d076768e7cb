import type { CheckedSite } from '../../shared';
import { parseTarget, targetName } from './target';

/** What nginx-proxy and acme-companion read from the environment of a container. */
export const hostVariables = ['VIRTUAL_HOST', 'LETSENCRYPT_HOST'] as const;

/** Labels that hold hosts as they are: caddy-docker-proxy, and nginx-proxy where labels stand for its variables. */
const hostLabel = /^(caddy(_\d+)?|VIRTUAL_HOST|LETSENCRYPT_HOST)$/;
const traefikRule = /^traefik\.(http|tcp)\.routers\.[^.]+\.rule$/i;
const traefikHosts = /\bHost(?:SNI)?\(([^)]*)\)/gi;

/**
 * The hosts that a container has certificates for, by what the proxy before it reads: labels of caddy-docker-proxy and
 * Traefik, variables of nginx-proxy. Wildcards, patterns and what is served without TLS are left out.
 *
 * @param labels of the container, with those variables of its environment that `hostVariables` names
 */
export function hostsOfLabels(labels: Readonly<Record<string, string>>): string[] {
	const found = Object.entries(labels).flatMap(([name, value]) => {
		if (hostLabel.test(name)) return value.split(/[\s,]+/);
		if (!traefikRule.test(name)) return [];
		return [...value.matchAll(traefikHosts)].flatMap(([, list = '']) =>
			list.split(',').map((host) => host.trim().replace(/^[`'"]|[`'"]$/g, '')),
		);
	});
	return unique(found);
}

/** The hosts of a site: its domain, its checks of certificates, and those of addresses with https. */
export function hostsOfSite({ domain, checks }: CheckedSite): string[] {
	const ofChecks = checks.flatMap((check) => {
		if (check.type === 'http') return check.url.startsWith('https:') ? [check.url] : [];
		if (check.type !== 'certificate') return [];
		const { host, port, starttls } = check;
		const at = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
		return [starttls === undefined ? at : `${starttls}://${at}`];
	});
	return unique([...(domain === undefined ? [] : [domain]), ...ofChecks]);
}

function unique(hosts: readonly string[]): string[] {
	const names = hosts.flatMap((host) => {
		if (host === '' || host.includes('*') || host.includes('{') || /^http:/i.test(host)) return [];
		try {
			return [targetName(parseTarget(host))];
		} catch {
			// Others write there too; what is no host is none of ours.
			return [];
		}
	});
	return [...new Set(names)];
}
