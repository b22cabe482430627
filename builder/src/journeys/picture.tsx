import classes from './board.module.css'

/** A journey's thumbnail, as the engine drew it: escaped there, in the page's own colours. */
export function Picture({ svg, className }: { svg: string; className?: string }) {
  return <span className={`${classes['picture'] ?? ''} ${className ?? ''}`} dangerouslySetInnerHTML={{ __html: svg }} />
}
