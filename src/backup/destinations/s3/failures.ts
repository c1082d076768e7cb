import { errorMessage, OpsdeskError, shorten } from '../../../shared';
import { BackupError, type BackupErrorCode } from '../../errors';
import type { S3Settings } from './settings';

type Advice = readonly [code: BackupErrorCode, what: string, remedy: string];

const wrongKeys =
	'Correct access key and secret key in the credential (or the environment), and check that they belong to this service.';
const rights =
	'Allow these keys s3:ListBucket and s3:ListBucketMultipartUploads on the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload below the prefix; docs/decisions/0009-s3.md has the policy.';
const otherRegion = 'Set the field "region" of the destination (or of the credential) to that of the bucket.';
const renew = 'Renew the temporary keys in the credential; they must live longer than the backup takes.';
const freeSpace = 'Free some space or raise the quota; older backups were not touched.';
const busy = 'Try again later. If it stays, ask the provider, and run backups at another time of the day.';

/** By the codes of Amazon S3 (API reference, "Error responses") and of services that have codes of their own. */
const byCode: Readonly<Record<string, Advice>> = {
	NoSuchBucket: [
		'destination_missing',
		'the bucket does not exist',
		'Make the bucket, or correct its name, region and endpoint. It is not made by itself, because a mistyped name would go unnoticed.',
	],
	AccessDenied: ['destination_refused', 'access is denied', rights],
	AllAccessDisabled: ['destination_refused', 'the bucket is disabled', 'Ask the provider why.'],
	AccountProblem: ['destination_refused', 'there is a problem with the account', 'Ask the provider why.'],
	InvalidAccessKeyId: ['destination_refused', 'the access key is not known', wrongKeys],
	SignatureDoesNotMatch: ['destination_refused', 'the secret key is wrong', wrongKeys],
	ExpiredToken: ['destination_refused', 'the temporary keys have expired', renew],
	TokenRefreshRequired: ['destination_refused', 'the temporary keys have expired', renew],
	InvalidToken: ['destination_refused', 'the session token is not valid', renew],
	RequestTimeTooSkewed: [
		'destination_refused',
		'the clock of this machine differs too much from that of the service',
		'Set the clock, best by NTP.',
	],
	PermanentRedirect: ['destination_refused', 'the bucket is in another region', otherRegion],
	TemporaryRedirect: ['destination_refused', 'the bucket is in another region', otherRegion],
	AuthorizationHeaderMalformed: ['destination_refused', 'the bucket is in another region', otherRegion],
	IllegalLocationConstraintException: ['destination_refused', 'the bucket is in another region', otherRegion],
	InvalidBucketName: [
		'destination_refused',
		'the name of the bucket is not valid',
		'Correct the field "bucket".',
	],
	QuotaExceeded: ['destination_full', 'the quota is used up', freeSpace],
	XMinioStorageFull: ['destination_full', 'there is no space left', freeSpace],
	XMinioAdminBucketQuotaExceeded: ['destination_full', 'the quota of the bucket is used up', freeSpace],
	InsufficientCapacity: ['destination_full', 'there is no space left', freeSpace],
	EntityTooLarge: [
		'destination_full',
		'the object is larger than the service takes',
		'Divide the source, or set "partSizeMiB" of the destination to what the service takes.',
	],
	InvalidStorageClass: [
		'destination_refused',
		'it has no such storage class',
		'Correct the field "storageClass".',
	],
	InvalidObjectState: [
		'destination_refused',
		'the object is in an archive and must be thawed first',
		'Restore it from the archive in the console of the provider, then try again.',
	],
	InvalidPart: [
		'destination_refused',
		'it refused to put the parts of the upload together',
		'Where a service wants all parts of one size, set the field "partSizeMiB" of the destination, e.g. to 64.',
	],
	BadDigest: [
		'upload_damaged',
		'what arrived there differs from what was sent',
		'Something on the way changes data: check the network, proxies and the memory of this machine.',
	],
	SlowDown: ['destination_unreachable', 'it asks to slow down', busy],
	ServiceUnavailable: ['destination_unreachable', 'it is not available', busy],
	InternalError: ['destination_unreachable', 'it has an internal error', busy],
};

/** Of other services, for the same fault as BadDigest. */
const digestCodes = ['InvalidDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch'];

/** A fault of the service or of the way to it as an error that says how to get unstuck; nothing of the request is in it. */
export function explainS3(thrown: unknown, settings: S3Settings, doing: string): OpsdeskError {
	if (thrown instanceof OpsdeskError) return thrown;
	const { label } = settings;
	const code = codeOf(thrown);
	const status = statusOf(thrown);
	const [kind, what, remedy] = adviceFor(code, status, thrown, settings);
	const requestId = (thrown as ServiceFault | undefined)?.$metadata?.requestId;
	const details = [code, status && `HTTP ${status}`, requestId && `request ${requestId}`].filter(Boolean);
	return new BackupError(kind, `${label}: ${doing} failed: ${what} (${details.join(', ')}).`, remedy);
}

function adviceFor(code: string, status: number | undefined, thrown: unknown, settings: S3Settings): Advice {
	const known = byCode[digestCodes.includes(code) ? 'BadDigest' : code];
	if (known) return known;
	if (isTls(code)) {
		return [
			'destination_refused',
			'its certificate is not trusted',
			'Check the address. For an authority of your own start n8n or the command with NODE_EXTRA_CA_CERTS.',
		];
	}
	if (isOutOfReach(thrown)) {
		return [
			'destination_unreachable',
			settings.endpoint === undefined ? 'it cannot be reached' : `${settings.endpoint} cannot be reached`,
			'Check the network, the field "endpoint", proxies and firewalls, then run it again.',
		];
	}
	if (status === 301 || status === 307) return byCode['PermanentRedirect'] ?? unknown(thrown, settings);
	if (status === 403) return byCode['AccessDenied'] ?? unknown(thrown, settings);
	if (status === 507) return ['destination_full', 'there is no space left', freeSpace];
	if (status === 429 || (status !== undefined && status >= 500)) {
		return ['destination_unreachable', 'it is not available', busy];
	}
	return unknown(thrown, settings);
}

/** What the service has said, without anything that is secret. */
function unknown(thrown: unknown, { access }: S3Settings): Advice {
	let said = shorten(errorMessage(thrown).replace(/\p{Cc}+/gu, ' '), 300);
	for (const secret of [access.secretAccessKey, access.sessionToken, access.accessKeyId]) {
		if (secret) said = said.replaceAll(secret, '…');
	}
	return [
		'destination_refused',
		said,
		'See what the service says about this code, and check the definition.',
	];
}

interface ServiceFault {
	name?: string;
	code?: string;
	Code?: string;
	$metadata?: { httpStatusCode?: number; requestId?: string };
}

/** `NoSuchKey`, `ECONNRESET` …; empty when there is none. */
export function codeOf(thrown: unknown): string {
	const { name, code, Code } = (thrown ?? {}) as ServiceFault;
	const found = Code ?? code ?? name ?? '';
	if (/^[A-Za-z0-9_.]{1,80}$/.test(found) && found !== 'Error') return found;
	// The SDK wraps errors of another realm, such as those of Node in a sandbox, without their code.
	return (
		/\b(?:connect|read|write|getaddrinfo) (E[A-Z]{3,}|EAI_[A-Z]+)\b/.exec(errorMessage(thrown))?.[1] ?? ''
	);
}

export function statusOf(thrown: unknown): number | undefined {
	return (thrown as ServiceFault | undefined)?.$metadata?.httpStatusCode;
}

export function isMissing(thrown: unknown): boolean {
	return (
		['NoSuchKey', 'NotFound'].includes(codeOf(thrown)) || (statusOf(thrown) === 404 && codeOf(thrown) === '')
	);
}

/** Whether a service does not know a request or a header, so that it must be done without. */
export function isNotImplemented(thrown: unknown): boolean {
	const [code, status] = [codeOf(thrown), statusOf(thrown)];
	return status === 501 || status === 405 || code === 'NotImplemented' || code === 'MethodNotAllowed';
}

const networkCodes =
	/^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EAI_AGAIN|EPIPE|EPROTO|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError|RequestTimeout|NetworkingError|HPE_\w+)$/;

/** Whether it is the way to the service, and not its answer. */
export function isOutOfReach(thrown: unknown): boolean {
	if (
		networkCodes.test(codeOf(thrown)) ||
		networkCodes.test((thrown as ServiceFault | undefined)?.name ?? '')
	) {
		return true;
	}
	return (
		/socket hang up|aborted|premature close|terminated/i.test(errorMessage(thrown)) &&
		statusOf(thrown) === undefined
	);
}

function isTls(code: string): boolean {
	return /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:GET|VERIFY|DECRYPT))/.test(code);
}
