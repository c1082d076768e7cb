/** What this package receives from and answers on. The store takes any other word as well. */
export const platforms = ['telegram', 'whatsapp', 'messenger', 'instagram', 'sms'] as const;

export type Platform = (typeof platforms)[number];

const names: Record<Platform, string> = {
	telegram: 'Telegram',
	whatsapp: 'WhatsApp',
	messenger: 'Messenger',
	instagram: 'Instagram',
	sms: 'SMS',
};

/** As people write it. */
export function platformName(platform: Platform): string {
	return names[platform];
}

export function isPlatform(word: unknown): word is Platform {
	return (platforms as readonly unknown[]).includes(word);
}
