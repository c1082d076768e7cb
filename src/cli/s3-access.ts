import type { BackupContext } from '../backup';
import { endpointProblem, type Site } from '../shared';
import { UsageError, type Surroundings } from './output';

type S3Secrets = NonNullable<NonNullable<BackupContext['secrets']>['s3']>;
type Environment = Surroundings['env'];

/** Beginning of the names of the environment variables with the keys of S3 destinations. */
export const s3Variable = 'OPSDESK_S3';

/**
 * The keys of the S3 destinations of some sites: `OPSDESK_S3_<NAME>_ACCESS_KEY_ID` … for one destination,
 * `OPSDESK_S3_ACCESS_KEY_ID` … for all, else `AWS_ACCESS_KEY_ID` … as other tools take them. They come from the
 * environment, because arguments are visible to every user of the machine.
 * @throws UsageError when a half of a pair of keys is missing or an address is none
 */
export function s3Access(sites: Pick<Site, 'destinations'>[], { env }: Pick<Surroundings, 'env'>): S3Secrets {
	const names = sites.flatMap(({ destinations }) =>
		destinations.flatMap(({ type, name }) => (type === 's3' ? [name] : [])),
	);
	const found = [...new Set(names)].map((name) => [name, accessFor(name, env)] as const);
	return Object.fromEntries(found.flatMap(([name, access]) => (access ? [[name, access]] : [])));
}

function accessFor(name: string, env: Environment): S3Secrets[string] | undefined {
	const own = `${s3Variable}_${name.toUpperCase().replaceAll('-', '_')}`;
	const keys = keysOf(own, env) ?? keysOf(s3Variable, env) ?? keysOf('AWS', env);
	if (!keys) return undefined;
	const endpoint = env[`${own}_ENDPOINT`] || env[`${s3Variable}_ENDPOINT`];
	if (endpoint) requireEndpoint(endpoint);
	const region =
		env[`${own}_REGION`] || env[`${s3Variable}_REGION`] || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
	return { ...keys, ...(endpoint && { endpoint }), ...(region && { region }) };
}

/** Keys of one origin belong together: half of one is never completed from another. */
function keysOf(prefix: string, env: Environment) {
	const [id, secret] = [`${prefix}_ACCESS_KEY_ID`, `${prefix}_SECRET_ACCESS_KEY`];
	const [accessKeyId, secretAccessKey] = [env[id]?.trim(), env[secret]?.trim()];
	if (!accessKeyId && !secretAccessKey) return undefined;
	if (!accessKeyId || !secretAccessKey) {
		throw new UsageError(
			`${accessKeyId ? secret : id} is missing.`,
			`Set both ${id} and ${secret}, or neither.`,
		);
	}
	const sessionToken = env[`${prefix}_SESSION_TOKEN`]?.trim();
	return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function requireEndpoint(endpoint: string): void {
	const problem = endpointProblem(endpoint);
	if (problem === undefined) return;
	// Not repeated: an address of another form may hold a password.
	throw new UsageError(`The address of the S3 service ${problem}.`, `Correct ${s3Variable}_…ENDPOINT.`);
}
