/** Of a program that the kernel has killed (128 + SIGKILL): with the first process of a container it ends all others there. */
export const killedExitCode = 137;
