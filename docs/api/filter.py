#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: filter.py HEADER

Prints a public header as doxygen wants it: our comments are plain ones, so that they
read well where most people read them, in the header.

 - the first comment is about the file;
 - a comment right above declarations is about them all, up to an empty line or the next
   comment; one beside a declaration is about that;
 - one with an empty line below it is about nothing in particular;
 - @name is an argument or a member, and # nothing but itself.
"""

import re
import sys

FILE = '\\file'
ABOVE, BESIDE = '/**', '/**<'


def comment_end(lines, first):
    """The number of the line after a comment that begins in line @first."""
    while '*/' not in lines[first]:
        first += 1
    return first + 1


def declared(lines, first, depth):
    """The number of the line after a paragraph, and how many declarations it has."""
    count = 0
    while first < len(lines) and lines[first].strip():
        line = re.sub(r'/\*.*?(\*/|$)', '', lines[first]).strip()
        if depth == 0 and (line.startswith('}') or re.match(r'\s*/\*', lines[first])):
            break
        depth += len(re.findall(r'[{(]', line)) - len(re.findall(r'[})]', line))
        count += depth == 0 and line.endswith((';', ',', '}')) or line.startswith('#define')
        first += 1
    return first, count


def marked(lines, mark):
    """The comment in @lines, maybe behind a declaration, as one of doxygen's."""
    code, text = '\n'.join(lines).split('/*', 1)
    text = re.sub(r'@(\w+)', r'\\p \1', text)
    text = re.sub(r'#(?=\w)', r'\\#', text)
    return (code + mark + text).split('\n')


def filtered(lines):
    result, number, file_seen, ends = [], 0, False, set()
    while number < len(lines):
        line = lines[number]
        if number in ends:
            result.append('/** @} */')
        if re.match(r'\s*/\*', line) and 'SPDX' not in line:
            end = comment_end(lines, number)
            comment = lines[number:end]
            if not file_seen:
                file_seen = True
                result += marked(comment, ABOVE + ' ' + FILE)
            elif end < len(lines) and lines[end].strip():
                last, count = declared(lines, end, 0)
                if count > 1:
                    result.append('/** @{ */')
                    ends.add(last)
                result += marked(comment, ABOVE)
            else:
                result += comment
            number = end
        elif '/*' in line and 'SPDX' not in line:
            end = comment_end(lines, number)
            result += marked(lines[number:end], BESIDE)
            number = end
        else:
            result.append(line)
            number += 1
    return result


if __name__ == '__main__':
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) != 2 or sys.argv[1].startswith('-'):
        print('filter.py: a header is needed (--help explains)', file=sys.stderr)
        sys.exit(2)
    with open(sys.argv[1]) as header:
        print('\n'.join(filtered(header.read().split('\n'))), end='')
