{
  'targets': [{
    # CMakeLists.txt is the one source of truth; this lets node-gyp and prebuildify work through it.
    'target_name': 'synood',
    'type': 'none',
    'actions': [{
      'action_name': 'cmake',
      'inputs': ['CMakeLists.txt'],
      'outputs': ['<(PRODUCT_DIR)/synood.node'],
      'action': ['node', 'scripts/cmake-build.mjs', '<(PRODUCT_DIR)']
    }]
  }]
}
