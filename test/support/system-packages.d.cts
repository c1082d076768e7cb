export function ensureSystemPackages(log: (text: string) => void): void;
/** Path of a program the stand starts; throws an error that names the Debian package when it is missing. */
export function programPath(name: string): string;
