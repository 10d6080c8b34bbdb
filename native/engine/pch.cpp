#include "engine/pch.h"
