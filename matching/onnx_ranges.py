"""How far the numbers inside multilingual-e5-small reach, so that 8 bits can hold them with fixed steps.

Measured once, with the float32 graph on 700 Chinese and English texts; docs/decisions/encoder.md says how and what it
brought. A rare larger value is cut. Because the steps are fixed, a text's vector depends on nothing but the text.
"""

# A channel of a normalised vector lies within its bias ± so many times its weight; the loud ones reach further.
SPREAD = 5.0
LOUD = {15: 19.0, 35: 19.0, 321: 16.0, 351: 10.0, 60: 8.0, 87: 8.0, 146: 8.0, 297: 8.0, 345: 7.0, 347: 7.0}

# By layer: what attention gives lies within ± this, what the activation gives between LEAST_ACTIVE and this.
MIXED = (2.0, 2.2, 2.0, 1.9, 2.1, 1.8, 1.9, 1.9, 2.1, 2.2, 2.0, 3.3)
ACTIVE = (6.5, 4.8, 4.5, 4.7, 5.0, 4.7, 4.5, 4.5, 5.2, 5.6, 5.9, 1.0)
LEAST_ACTIVE = -0.17

# By layer: the hidden unit that is so much larger than the rest that it is computed beside them, in float32.
APART = {0: 318, 1: 1462, 2: 354, 3: 408, 4: 778, 5: 658, 6: 1152, 7: 413, 8: 563}
