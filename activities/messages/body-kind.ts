/** What authors may write as the body of a message. */

/**
 * `plain`: paragraphs. `html`: a piece of HTML. `document`: a whole HTML page. `mjml`: `<mjml>`, or the `<mj-section>`s
 * that go into its body. Pieces get the company's layout around them; whole documents stay as they are.
 */
export type BodyKind = 'plain' | 'html' | 'document' | 'mjml'

/** What a body is, by its tags; what Liquid will fill in is not looked at. */
export function kindOfBody(body: string): BodyKind {
  const text = body.replaceAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, '')
  if (/<mj(ml|-[a-z-]+)[\s/>]/i.test(text)) return 'mjml'
  if (/<!doctype\s|<html[\s>]|<body[\s>]/i.test(text)) return 'document'
  return /<\/?[a-z][a-z0-9]*(\s[^<>]*)?\/?>/i.test(text) ? 'html' : 'plain'
}
