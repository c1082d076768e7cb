import { z } from 'zod';

/**
 * Names of buckets by Amazon's rules for new ones, which other services follow: 3 to 63 characters of a–z, 0–9, "." and
 * "-", beginning and ending with a letter or digit.
 */
export const bucketField = z.string().regex(/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
	error:
		'is not the name of a bucket: 3 to 63 characters of a–z, 0–9, "." and "-", without "s3://" and without a path',
});

/** Characters that no service and no tool treats specially in the name of an object. */
export const prefixField = z
	.string()
	.max(400)
	.overwrite((text) =>
		text
			.split('/')
			.filter((name) => name !== '')
			.join('/'),
	)
	.regex(/^(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9/!_.*'()-]*$/, {
		error: 'may hold only letters, digits, "/" and ! - _ . * \' ( ), and no part that is "." or ".."',
	});

export const regionField = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, {
	error:
		'is not the name of a region, e.g. "eu-central-1"; services without regions take "us-east-1" or "auto"',
});

export const storageClassField = z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/, {
	error: 'is not the name of a storage class, e.g. "STANDARD_IA"',
});

/** An address as it is configured; the texts of errors and reports show it, so it must not hold a password. */
export const endpointField = z
	.string()
	.max(500)
	.superRefine((text, context) => {
		const problem = endpointProblem(text);
		if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
	});

/** What is wrong with the address of a service, or undefined. */
export function endpointProblem(text: string): string | undefined {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol)) return 'must be an address such as "https://s3.example.com"';
	if (url.username || url.password) return 'must not hold keys or passwords; they belong into the credential';
	return url.search || url.hash ? 'must not hold "?" or "#"' : undefined;
}
