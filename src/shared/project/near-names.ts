/** How many letters have to be changed, added or left out to make one name of the other. */
const distance = (left: string, right: string): number => {
  const [letters, others] = [[...left], [...right]]
  let row = [...others.keys(), others.length]
  letters.forEach((letter, index) => {
    const next = [index + 1]
    others.forEach((other, column) => {
      const [above = 0, aboveRight = 0] = row.slice(column)
      const replaced = above + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, aboveRight + 1, (next[column] ?? 0) + 1))
    })
    row = next
  })
  return row.at(-1) ?? 0
}

const MAX_NEAR = 3

/** Names that somebody may have meant, nearest first. */
export const nearNames = (name: string, names: readonly string[]): string[] => {
  const meant = name.trim().toLowerCase()
  return [...new Set(names)]
    .map((each) => {
      const other = each.toLowerCase()
      const isPart = meant !== '' && (other.includes(meant) || meant.includes(other))
      return { each, far: isPart ? 0.5 : distance(meant, other), limit: Math.max(1, [...meant].length / 2) }
    })
    .filter(({ far, limit }) => far <= limit)
    .sort((left, right) => left.far - right.far)
    .slice(0, MAX_NEAR)
    .map(({ each }) => each)
}
