/** What every platform of the app has and ECMAScript's own library does not name: the part of it that shared code uses. */
declare class URL {
  constructor(url: string, base?: string)
  static canParse(url: string): boolean
  readonly href: string
  readonly protocol: string
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly pathname: string
  readonly search: string
  readonly username: string
  readonly password: string
}
