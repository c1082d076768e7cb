import { createCipheriv, createHash } from 'node:crypto';
import { chownSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';

export interface MediaSize {
	files: number;
	bytes: number;
}

/** The user web servers run as on Debian: what a restore must give the files back to. */
const webUser = 33;

const productPictures = 2600;
const pages = 900;

const oddNames = [
	'press/Übersicht 2026 (final).txt',
	'press/-first-with-a-dash.txt',
	'press/a "quoted" name.txt',
	"press/it's here.txt",
	'press/trailing space .txt',
	'press/emoji 🛒.txt',
	'press/two\nlines.txt',
	'press/.hidden',
	'press/empty',
];

/**
 * Fills a folder with the files of a shop: pictures in three sizes, pages, scripts and downloads, some 125 MB. The
 * same on every run.
 */
export async function writeMedia(root: string): Promise<MediaSize> {
	const total = { files: 0, bytes: 0 };
	const put = (path: string, content: string | Buffer, mode = 0o644): void => {
		const file = join(root, path);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, content, { mode });
		chownSync(file, webUser, webUser);
		const modified = new Date(Date.UTC(2024, 0, 1) + (total.files % 800) * 86_400_000);
		utimesSync(file, modified, modified);
		total.files += 1;
		total.bytes += Buffer.byteLength(content);
	};
	put('index.html', page('Sample shop', 'Everything for the home, delivered in two days.'));
	put('assets/site.css', stylesheet());
	put('assets/site.js', script());
	for (let number = 1; number <= productPictures; number += 1) {
		if (number % 100 === 0) await breathe();
		const folder = `products/${String(number % 50).padStart(2, '0')}`;
		put(`${folder}/${number}.jpg`, picture(`large ${number}`, 18_000 + varied(`large ${number}`, 36_000)));
		if (number % 2 === 0)
			put(
				`${folder}/${number}-small.jpg`,
				picture(`small ${number}`, 3000 + varied(`small ${number}`, 6000)),
			);
	}
	for (let number = 1; number <= pages; number += 1) {
		put(`pages/${number % 12}/article-${number}.html`, page(`Article ${number}`, article(number)));
	}
	for (const name of ['catalogue-2025.pdf', 'catalogue-2026.pdf', 'tour.mp4']) {
		put(`downloads/${name}`, picture(name, 5_000_000 + varied(name, 3_000_000)));
	}
	for (const name of oddNames) put(name, name.endsWith('empty') ? '' : `${name}\n`);
	put('private/invoices.csv', 'number;amount\n20260001;129.90\n', 0o640);
	symlinkSync('downloads/catalogue-2026.pdf', join(root, 'catalogue.pdf'));
	return total;
}

/** A number from 0 to `limit` - 1 that depends on the seed alone. */
const varied = (seed: string, limit: number): number =>
	createHash('sha256').update(seed).digest().readUInt32BE() % limit;

/** What compresses as badly as a picture does: a key stream behind the header of a JPEG. */
function picture(seed: string, sizeBytes: number): Buffer {
	const key = createHash('sha256').update(seed).digest();
	const content = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
	Buffer.from('ffd8ffe000104a46494600010101', 'hex').copy(content);
	return content;
}

const page = (title: string, body: string): string =>
	`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="/assets/site.css"></head>
<body><header><h1>${title}</h1></header><main>${body}</main></body>
</html>
`;

const words =
	'oak steel linen cork glass wool lamp table basket clock shelf blanket bowl chair light small folding'.split(
		' ',
	);

function article(number: number): string {
	const word = (index: number): string => words[varied(`${number}/${index}`, words.length)] ?? '';
	const paragraph = (index: number): string =>
		`<p>${Array.from({ length: 60 }, (_, at) => word(index * 60 + at)).join(' ')}.</p>`;
	return Array.from({ length: 8 }, (_, index) => paragraph(index)).join('\n');
}

const stylesheet = (): string =>
	Array.from(
		{ length: 400 },
		(_, index) =>
			`.grid-${index} { grid-column: ${1 + (index % 12)}; padding: ${index % 32}px; color: #${String(index * 2503).padStart(6, '0')}; }`,
	).join('\n');

const script = (): string =>
	Array.from(
		{ length: 300 },
		(_, index) => `export const step${index} = (cart) => cart.items.filter((item) => item.id !== ${index});`,
	).join('\n');
