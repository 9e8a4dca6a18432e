/** What an Electron command line says: `electron [--switch[=value]] [-r module] <app> [arguments]`. */
export type CommandLine = {
  /** Chromium-style switches without their dashes; a bare switch has the value ''. */
  switches: Map<string, string>
  /** Modules to require before the app (`-r`), in order. */
  requires: string[]
  /** Folder or file of the app; '.' when none is named. */
  target: string
}

export function parseCommandLine(args: readonly string[]): CommandLine {
  const switches = new Map<string, string>()
  const requires: string[] = []
  let target: string | undefined
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (argument === '-r' || argument === '--require') {
      index++
      requires.push(args[index] ?? '')
      continue
    }
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument)
    if (match?.[1]) switches.set(match[1], match[2] ?? '')
    else target ??= argument
  }
  return { switches, requires, target: target ?? '.' }
}
