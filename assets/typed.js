// What someone has typed outlasts a swap, and a sign-in that takes the page
// away. It waits in this tab alone, under their name, until the same person and
// the same form are here again.
const typed = (() => {
  'use strict'

  const main = document.getElementById('main')
  const touched = new WeakSet()
  const kept = {} // who → field → what it held

  document.addEventListener('input', event => touched.add(event.target))

  // A form is known by where it goes and by what it sends along unseen (but for
  // the owner, which is sealed anew with every page).
  const known = form => JSON.stringify([form.action, ...[...form.elements]
    .filter(({ type, name }) => type === 'hidden' && name !== 'owner')
    .map(({ name, value }) => [name, value])])

  // A field is known by its form and its name, and by its place among those that
  // share both; a box or a button to tick by its value too. Passwords and files
  // are nobody's to keep.
  const ticked = field => /^(checkbox|radio)$/.test(field.type)
  const fields = () => {
    const all = new Map()
    for (const field of main.querySelectorAll('input, select, textarea')) {
      if (!field.form || /^(hidden|password|file)$/.test(field.type)) continue
      const name = JSON.stringify([known(field.form), field.name, ticked(field) && field.value])
      let place = 1
      while (all.has(name + place)) place++
      all.set(name + place, field)
    }
    return all
  }

  const read = field => {
    if (ticked(field)) return field.checked
    return field.type === 'select-multiple' ? [...field.selectedOptions].map(option => option.value) : field.value
  }
  const write = (field, held) => {
    touched.add(field)
    if (ticked(field)) field.checked = held
    else if (field.type !== 'select-multiple') field.value = held
    else for (const option of field.options) option.selected = held.includes(option.value)
  }

  // keep keeps what this person has typed, and all of one form.
  const keep = (who, form) => {
    const found = [...fields()].filter(([, field]) => touched.has(field) || field.form === form)
    if (who && found.length) kept[who] = { ...kept[who], ...Object.fromEntries(found.map(([name, field]) => [name, read(field)])) }
  }

  const putBack = who => {
    const here = fields()
    for (const [name, held] of Object.entries(kept[who] ?? {})) {
      if (!here.has(name)) continue // it goes on waiting
      write(here.get(name), held)
      delete kept[who][name]
    }
  }

  const any = () => Object.values(kept).some(held => Object.keys(held).length)

  // --- Through a sign-in that takes the page away ---

  // All of it then waits in sessionStorage, with the form that the server had
  // refused. The next page takes it out before anything else, and sends the form
  // only if its person is the one who typed, and if its address ends in a random
  // word that went along, sealed, with this one sign-in. So nobody else gets it,
  // no page that leads here from elsewhere sends it, and nothing sends it twice.
  const life = 15 * 60_000
  const storage = (() => { // some browsers are told to keep nothing
    try { return sessionStorage } catch { return undefined }
  })()

  // pack returns the word for the end of the address.
  const pack = (who, form, button) => {
    keep(who, form)
    const word = crypto.randomUUID()
    const again = form && { form: known(form), name: button?.name, value: button?.value }
    storage?.setItem('typed', JSON.stringify({ at: Date.now(), word, again, kept: { [who]: {}, ...kept } }))
    return word
  }

  // unpack returns what is to be sent again, if anything, and whether all of it
  // was somebody else's. Where nobody is signed in it goes on waiting, unsent.
  const unpack = who => {
    const packed = JSON.parse(storage?.getItem('typed') ?? null)
    if (!packed || who === undefined) return {}
    storage.removeItem('typed')
    const back = location.hash === '#' + packed.word
    if (back) history.replaceState(history.state, '', location.pathname + location.search)
    if (Date.now() - packed.at > life) return {}
    if (!who) {
      storage.setItem('typed', JSON.stringify({ at: packed.at, kept: packed.kept }))
      return {}
    }
    if (!packed.kept[who]) return { strange: true }
    kept[who] = { ...packed.kept[who], ...kept[who] }
    return { again: back && packed.again }
  }

  // send sends a form again, and reports whether it is still on the page.
  const send = ({ form, name, value }) => {
    const found = [...main.querySelectorAll('form')].find(other => known(other) === form)
    found?.requestSubmit([...found.elements].find(button => button.type === 'submit' && button.name === name && button.value === value))
    return !!found
  }

  // forget is for Sign Out: the next person at this computer finds nothing.
  const forget = () => {
    storage?.removeItem('typed')
    for (const who of Object.keys(kept)) delete kept[who]
  }

  return { keep, putBack, any, pack, unpack, send, forget }
})()
