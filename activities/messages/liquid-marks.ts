/**
 * Carries Liquid through programs that read markup: each `{{ … }}` and `{% … %}` becomes a mark that no parser touches,
 * and is put back afterwards. So quotes inside an expression do not end an attribute, and `<` does not begin a tag.
 */

/** A text with its Liquid taken out. */
export interface MarkedText {
  marked: string
  /** The expressions, by their mark's number. */
  expressions: readonly string[]
}

// Private-use characters: no author types them, no parser of HTML or CSS gives them a meaning.
const [open, close] = ['\uE000', '\uE001']

/** Takes the Liquid out. Line numbers stay: an expression over several lines leaves its line breaks. */
export function markLiquid(text: string): MarkedText {
  const expressions: string[] = []
  const marked = text.replaceAll(/[\uE000\uE001]/g, '').replaceAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, (expression) => {
    const breaks = '\n'.repeat(expression.split('\n').length - 1)
    return `${open}${String(expressions.push(expression) - 1)}${close}${breaks}`
  })
  return { marked, expressions }
}

/** Puts the Liquid back, wherever its marks went. */
export function restoreLiquid(text: string, expressions: readonly string[]): string {
  return text.replaceAll(/\uE000(\d+)\uE001/g, (_, index: string) => expressions[Number(index)] ?? '')
}

/** Expressions whose mark is not in the text any more, in their order. */
export function lostLiquid(text: string, expressions: readonly string[]): string[] {
  return expressions.filter((_, index) => !text.includes(`${open}${String(index)}${close}`))
}
