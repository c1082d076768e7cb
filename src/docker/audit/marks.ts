import type { AuditFacts } from './facts';

const secretName =
	/(^|_)(PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|CREDENTIALS?|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|ENCRYPTION_?KEY|AUTH)(_|$)/i;
/** Names of files, switches and limits about secrets are no secrets. */
const noSecret =
	/_(FILE|PATH|DIR|LENGTH|TTL|EXPIRY|EXPIRATION|TIMEOUT|METHOD|TYPE|ENABLED|URL|ISSUER)$|^PWD$/i;

/** Whether a variable of this name usually holds a secret. */
export function isSecretName(name: string): boolean {
	return secretName.test(name) && !noSecret.test(name);
}

/** One that runs, or is meant to. */
export function isService({ running, restartPolicy }: AuditFacts): boolean {
	return running || /^(always|unless-stopped)$/.test(restartPolicy);
}

export function isIn(path: string, folder: string): boolean {
	return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** A single socket in /run is no folder of the host; that of the engine has a rule of its own. */
export function isSocket(path: string): boolean {
	return path.endsWith('.sock');
}

export function hasNoVersion(image: string): boolean {
	if (image === '' || image.includes('@') || /^(sha256:)?[0-9a-f]{12,64}$/.test(image)) return false;
	const last = image.split('/').at(-1) ?? '';
	return !last.includes(':') || last.endsWith(':latest');
}
